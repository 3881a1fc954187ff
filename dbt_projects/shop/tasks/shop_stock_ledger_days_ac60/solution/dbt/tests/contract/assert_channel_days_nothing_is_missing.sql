select * from {{ ref('channel_days') }}
where "n_sessions" is null or "n_orders" is null or "net_revenue_eur_cents" is null or "ad_cost_eur_cents" is null
