select * from {{ ref('category_revenue_days') }}
where "net_revenue_usd_cents" is distinct from (revenue_usd_cents - refunded_usd_cents)
