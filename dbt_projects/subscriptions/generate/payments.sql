-- Attempts to collect an invoice: failed ones three days apart, then one that succeeds; some are given back. Who transfers
-- may do so in two parts. The third attempt is by debit.
with totals as (
    select bill__, greatest(sum(amount_cents), 100)::bigint as cents from invoice_lines group by bill__
),

asked as (
    select bills.*, totals.cents
    from bills
    inner join totals on bills.bill__ = totals.bill__
    where not is_discarded__ and not is_voided__
),

attempts as (
    select
        *,
        unnest(range(1, n_failures__ + 1)) as attempt,
        true as fails,
        issued_at__ + interval 2 hours + to_days(((attempt - 1) * 3)::integer) as tried_at,
        cents as part_cents
    from asked
    union all by name
    select *, n_failures__ + 1 as attempt, false as fails, paid_at__ as tried_at, cents as part_cents
    from asked
    where paid_at__ is not null and not (method__ = 'transfer' and bill__ % 2 = 0)
    union all by name
    select *, 1 as attempt, false as fails, paid_at__ - interval 40 hours as tried_at, cents // 3 as part_cents
    from asked
    where method__ = 'transfer' and bill__ % 2 = 0 and paid_at__ is not null
    union all by name
    select *, 2 as attempt, false as fails, paid_at__ as tried_at, cents - cents // 3 as part_cents
    from asked
    where method__ = 'transfer' and bill__ % 2 = 0 and paid_at__ is not null
    union all by name
    select *, 5 as attempt, false as fails, paid_after_all_at__ as tried_at, cents as part_cents
    from asked
    where paid_after_all_at__ is not null
),

by_way as (
    select
        *,
        case when attempt = 5 then 'transfer' when attempt >= 3 then 'debit' else method__ end as way
    from attempts
),

steps as (
    select *, 1 as version, case when fails then 'failed' else 'succeeded' end as status, tried_at as changed_at from by_way
    union all
    select *, 2, 'refunded', tried_at + to_seconds(180000 + pick(bill__, 'until given back', 400000))
    from by_way
    where not fails and (bill__ % 29 = 3 or method__ = 'transfer' and bill__ % 8 = 4)
)

select
    text_identifier('payment', bill__ * 6 + attempt, 'pay_') as payment_id,
    invoice_id__ as invoice_id,
    attempt as attempt_number,
    way as method,
    status,
    part_cents::bigint as amount_cents,
    case when fails then 0 else round(part_cents * case way when 'card' then 15 when 'debit' then 6 else 1 end / 1000)::bigint + 20 end
        as fee_cents,
    tried_at as attempted_at,
    changed_at as updated_at,
    bill__,
    version as version__,
    changed_at as arrives_at__
from steps
