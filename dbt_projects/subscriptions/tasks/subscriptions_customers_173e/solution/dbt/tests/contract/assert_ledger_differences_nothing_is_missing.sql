select * from {{ ref('ledger_differences') }}
where "invoice_number" is null or "customer_id" is null or "currency" is null or "invoice_status" is null or "billed_cents" is null or "n_entries" is null or "booked_cents" is null or "issued_on" is null or "difference_cents" is null or "ledger_check" is null
