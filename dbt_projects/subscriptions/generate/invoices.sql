-- Invoices: a draft for an hour, then open, then paid, void or given up. Some drafts are thrown away.
with listed as (
    select *, 1 as version, 'draft' as status, issued_at__ - interval 1 hour as changed_at from bills
    union all
    select *, 2, 'open', issued_at__ from bills where not is_discarded__
    union all
    select *, 3, 'paid', paid_at__ from bills where paid_at__ is not null
    union all
    select *, 3, 'void', issued_at__ + interval 50 hours from bills where is_voided__
    union all
    select *, 3, 'uncollectible', given_up_at__ from bills where given_up_at__ is not null
)

select
    invoice_id__ as invoice_id,
    invoice_number__ as invoice_number,
    customer_id__ as customer_id,
    subscription_id__ as subscription_id,
    status,
    currency__ as currency,
    case when version > 1 then issued_at__ end as issued_at,
    case when version > 1 then issued_at__::date + 14 end as due_on,
    issued_at__ - interval 1 hour as created_at,
    changed_at as updated_at,
    bill__,
    version as version__,
    changed_at as arrives_at__,
    case when is_discarded__ then issued_at__ + interval 20 hours end as deleted_at__
from listed
