select * from {{ ref('customer_history') }}
where "n_invoices" < 0
