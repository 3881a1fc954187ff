select "invoice_id" from {{ ref('ledger_differences') }}
group by "invoice_id"
having count(*) > 1 or min("invoice_id") is null
