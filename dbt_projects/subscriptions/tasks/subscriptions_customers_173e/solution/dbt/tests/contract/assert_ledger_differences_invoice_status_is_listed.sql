select * from {{ ref('ledger_differences') }}
where "invoice_status" not in ('open', 'paid', 'void', 'uncollectible')
