-- One line for the plan, one for changes since the last invoice, one for what was used beyond the plan.
with listed as (
    select *, 1 as line, 'subscription' as kind, price_cents__ as cents from bills
    union all
    select bills.*, 2, 'proration', changes.cents
    from bills
    inner join (
        select bill__, sum(charge_cents - credit_cents)::bigint as cents from prorations where version__ = 2 group by bill__
    ) as changes
        on bills.bill__ = changes.bill__
    union all
    select *, 3, 'usage', (150 + 25 * pick(bill__, 'usage', 90))::bigint from bills where draw(bill__, 'uses more') < 0.3
)

select
    text_identifier('invoice line', bill__ * 4 + line, 'il_') as invoice_line_id,
    invoice_id__ as invoice_id,
    line as line_number,
    kind,
    case when kind = 'subscription' then price_id__ end as price_id,
    case when kind = 'subscription' then seats__ else 1 end as quantity,
    cents as amount_cents,
    issued_at__::date as period_start,
    (issued_at__ + to_months(case when yearly__ = 1 then 12 else 1 end))::date as period_end,
    issued_at__ - interval 1 hour as created_at,
    bill__,
    line as line__,
    issued_at__ - interval 1 hour as arrives_at__
from listed
