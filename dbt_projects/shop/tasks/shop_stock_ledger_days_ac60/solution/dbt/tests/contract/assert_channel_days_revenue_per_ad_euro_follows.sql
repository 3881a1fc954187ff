select * from {{ ref('channel_days') }}
where "revenue_per_ad_euro" is distinct from (net_revenue_eur_cents / NULLIF(ad_cost_eur_cents, 0))
