select * from {{ ref('customer_history') }}
where "city" is null or "country_code" is null or "n_orders" is null or "has_marketing_consent" is null or "is_country_changed" is null or "is_current" is null or "valid_from" is null
