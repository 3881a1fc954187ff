select * from {{ ref('invoices') }}
where "invoice_status" not in ('draft', 'open', 'paid', 'void', 'uncollectible')
