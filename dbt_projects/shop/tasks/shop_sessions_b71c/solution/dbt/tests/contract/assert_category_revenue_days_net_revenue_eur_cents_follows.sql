select * from {{ ref('category_revenue_days') }}
where "net_revenue_eur_cents" is distinct from (revenue_eur_cents - refunded_eur_cents)
