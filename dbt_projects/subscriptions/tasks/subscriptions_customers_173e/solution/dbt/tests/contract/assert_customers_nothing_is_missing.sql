select * from {{ ref('customers') }}
where "customer_name" is null or "email" is null or "country_code" is null or "currency" is null or "segment" is null or "n_subscriptions" is null or "n_active_subscriptions" is null or "mrr_eur_cents" is null or "highest_mrr_eur_cents" is null or "n_unpaid_invoices" is null or "unpaid_cents" is null or "n_tickets" is null or "signed_up_on" is null
