select * from {{ ref('customer_history') }}
where "email" is null or "country_code" is null or "n_invoices" is null or "is_country_changed" is null or "is_email_changed" is null or "is_current" is null or "valid_from" is null
