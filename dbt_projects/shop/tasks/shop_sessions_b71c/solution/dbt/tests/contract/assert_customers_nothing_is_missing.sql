select * from {{ ref('customers') }}
where "full_name" is null or "email" is null or "city" is null or "country_code" is null or "n_orders" is null or "n_app_orders" is null or "net_revenue_eur_cents" is null or "has_marketing_consent" is null or "signed_up_on" is null
