select * from {{ ref('channel_days') }}
where "n_sessions" < 0 or "n_orders" < 0
