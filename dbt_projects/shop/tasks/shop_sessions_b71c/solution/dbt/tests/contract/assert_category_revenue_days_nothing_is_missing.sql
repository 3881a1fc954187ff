select * from {{ ref('category_revenue_days') }}
where "department_name" is null or "n_orders" is null or "n_units" is null or "n_units_returned" is null or "revenue_eur_cents" is null or "refunded_eur_cents" is null or "net_revenue_eur_cents" is null or "revenue_usd_cents" is null or "refunded_usd_cents" is null or "net_revenue_usd_cents" is null
