-- Every invoice, what it asks for and what becomes of it. For the generator only.
with cycles as (
    select
        subs.*,
        cycle,
        subs.sub__ * 40 + cycle as bill,
        activated.at__ + to_months(cycle::integer) + interval 1 hour as issued_at
    from subs
    inner join steps as activated on subs.sub__ = activated.sub__ and activated.kind__ = 'activated'
    cross join unnest(range(0, 13)) as cycles (cycle)
),

current as (
    select
        cycles.firm__,
        cycles.sub__,
        cycles.customer_id__,
        cycles.subscription_id__,
        cycles.currency__,
        cycles.cycle,
        cycles.bill,
        cycles.issued_at,
        steps.plan__,
        steps.price_id__,
        steps.seats__,
        steps.yearly__,
        (steps.unit_amount_cents__ * case when steps.scheme__ = 'flat' then 1 else steps.seats__ end
            * (100 - steps.discount_percent__) // 100)::bigint as price_cents
    from cycles
    inner join steps on cycles.sub__ = steps.sub__ and steps.at__ <= cycles.issued_at and cycles.issued_at < steps.until__
    where steps.kind__ not in ('trial_started', 'canceled')
),

billed as (
    -- A year is paid once, the months between are not.
    select * from current where yearly__ = 0 or cycle % 12 = 0
),

fated as (
    select
        *,
        draw(bill, 'fate') as fate,
        case
            when draw(bill, 'by transfer') < 0.15 then 'transfer'
            when draw(bill, 'by debit') < 0.4 then 'debit'
            else 'card'
        end as method,
        bill % 31 = 7 as is_discarded,
        bill % 37 = 5 as is_voided,
        pick_weighted(bill, 'failures', [0, 1, 2, 3, 4], [70, 12, 8, 5, 5]) as n_failures_drawn
    from billed
),

settled as (
    select
        *,
        case when method = 'transfer' or is_discarded or is_voided then 0 else n_failures_drawn end as n_failures,
        case
            when is_discarded or is_voided or n_failures = 4 then null
            when method = 'transfer' then issued_at + to_seconds(2 * 86400 + pick(bill, 'until transferred', 18 * 86400))
            else issued_at + interval 2 hours + to_days((n_failures * 3)::integer)
        end as paid_at
    from fated
),

-- Somebody in sales makes a draft each afternoon to see what an offer would look like, and throws it away the next day.
looked_at as (
    select
        subs.firm__,
        subs.sub__,
        subs.customer_id__,
        subs.subscription_id__,
        subs.currency__,
        39 as cycle,
        subs.sub__ * 40 + 39 as bill,
        (day + interval 17 hours)::timestamptz as issued_at,
        0 as plan__,
        (select min(prices.price_id) from prices where prices.currency = subs.currency__) as price_id__,
        1 as seats__,
        0 as yearly__,
        4900 as price_cents,
        'card' as method,
        true as is_discarded,
        false as is_voided,
        0 as n_failures,
        null::timestamptz as paid_at
    from dates()
    inner join subs on (day - start_date()) * 4 + 2 = subs.sub__
),

everything as (
    select * from settled
    union all by name
    select * from looked_at
)

select
    firm__,
    sub__,
    customer_id__,
    subscription_id__,
    currency__,
    cycle as cycle__,
    bill as bill__,
    text_identifier('invoice', bill, 'in_') as invoice_id__,
    'INV-' || (identifier('invoice number', bill) % 100000000) as invoice_number__,
    issued_at as issued_at__,
    plan__,
    price_id__,
    seats__,
    yearly__,
    price_cents as price_cents__,
    method as method__,
    is_discarded as is_discarded__,
    is_voided as is_voided__,
    n_failures as n_failures__,
    paid_at as paid_at__,
    case when n_failures = 4 then issued_at + interval 16 days end as given_up_at__,
    -- Some pay after all, when nobody asks any more.
    case when n_failures = 4 and bill % 2 = 0 then issued_at + interval 24 days end as paid_after_all_at__
from everything
