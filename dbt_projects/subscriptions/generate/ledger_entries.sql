-- What bookkeeping has written down: two entries an invoice and more for usage; typed by hand, so some are wrong.
with sums as (
    select
        bill__,
        sum(amount_cents) filter (where kind <> 'usage')::bigint as plan_cents,
        sum(amount_cents) filter (where kind = 'usage')::bigint as usage_cents
    from invoice_lines
    group by bill__
),

booked as (
    select bills.*, sums.plan_cents, sums.usage_cents
    from bills
    inner join sums on bills.bill__ = sums.bill__
    where not is_discarded__ and bills.bill__ % 27 <> 6 and not (is_voided__ and bills.bill__ % 2 = 0)
),

entries as (
    select *, 0 as entry, '8400' as account, plan_cents + case when bill__ % 23 = 4 then 900 when bill__ % 23 = 9 then -450 else 0 end as cents, issued_at__ as moment
    from booked
    union all
    select *, 1, '8410', usage_cents, issued_at__ from booked where usage_cents is not null
    union all
    select *, 2, '1400', -(plan_cents + coalesce(usage_cents, 0)), issued_at__ from booked
    union all
    -- Void invoices are taken back.
    select *, 3, '8400', -(plan_cents + case when bill__ % 23 = 4 then 900 when bill__ % 23 = 9 then -450 else 0 end), issued_at__ + interval 50 hours
    from booked
    where is_voided__
    union all
    select *, 4, '8410', -usage_cents, issued_at__ + interval 50 hours from booked where is_voided__ and usage_cents is not null
)

select *, updated_at as arrives_at__
from (
    select
        identifier('ledger entry', bill__ * 5 + entry) as entry_id,
        invoice_number__ as invoice_number,
        account as ledger_account,
        cents::bigint as amount_cents,
        moment::date + 1 as booked_on,
        (moment::date + interval 34 hours)::timestamptz as updated_at,
        bill__
    from entries
)
