select * from {{ ref('customers') }}
where "n_subscriptions" < 0 or "n_active_subscriptions" < 0 or "n_unpaid_invoices" < 0 or "n_tickets" < 0
