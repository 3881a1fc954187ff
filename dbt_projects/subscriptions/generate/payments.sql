-- Attempts to collect an invoice: failed ones three days apart, then one that succeeds; some are given back.
with attempts as (
    select bills.*, unnest(range(1, n_failures__ + 2)) as attempt
    from bills
    where not is_discarded__ and not is_voided__
),

timed as (
    select
        *,
        attempt <= n_failures__ as fails,
        case when method__ = 'transfer' then paid_at__ else issued_at__ + interval 2 hours + to_days(((attempt - 1) * 3)::integer) end
            as attempted_at
    from attempts
    where attempt <= n_failures__ or paid_at__ is not null
),

totals as (
    select bill__, sum(amount_cents)::bigint as cents from invoice_lines group by bill__
),

steps as (
    select *, 1 as version, case when fails then 'failed' else 'succeeded' end as status, attempted_at as changed_at from timed
    union all
    select *, 2, 'refunded', attempted_at + to_seconds(90000 + pick(bill__, 'until given back', 400000))
    from timed
    where not fails and bill__ % 29 = 3
)

select
    text_identifier('payment', steps.bill__ * 6 + attempt, 'pay_') as payment_id,
    invoice_id__ as invoice_id,
    attempt as attempt_number,
    method__ as method,
    status,
    greatest(totals.cents, 100)::bigint as amount_cents,
    case when fails then 0 else round(greatest(totals.cents, 100) * case method__ when 'card' then 15 when 'debit' then 6 else 1 end / 1000)::bigint + 20 end
        as fee_cents,
    attempted_at,
    changed_at as updated_at,
    steps.bill__,
    version as version__,
    changed_at as arrives_at__
from steps
inner join totals on steps.bill__ = totals.bill__
