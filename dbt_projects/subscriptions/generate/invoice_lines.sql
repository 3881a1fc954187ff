-- One line for the plan, one for each change since the last invoice, and some for what was used beyond the plan.
with listed as (
    select *, 1 as line, 'subscription' as kind, price_cents__ as cents from bills
    union all
    select
        bills.*,
        1 + row_number() over (partition by bills.bill__ order by prorations.changed_at),
        'proration',
        prorations.charge_cents - prorations.credit_cents
    from bills
    inner join prorations on bills.bill__ = prorations.bill__ and prorations.version__ = 2
    union all
    select *, 7, 'usage', (150 + 25 * pick(bill__, 'usage', 90))::bigint from bills where draw(bill__, 'uses more') < 0.35
    union all
    select *, 8, 'usage', (40 + 5 * pick(bill__, 'more usage', 90))::bigint from bills where draw(bill__, 'uses more') < 0.15
)

select
    text_identifier('invoice line', bill__ * 10 + line, 'il_') as invoice_line_id,
    invoice_id__ as invoice_id,
    row_number() over (partition by bill__ order by line) as line_number,
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
