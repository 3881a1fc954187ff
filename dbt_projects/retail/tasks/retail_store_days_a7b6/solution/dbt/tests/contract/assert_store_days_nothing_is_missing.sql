select * from {{ ref('store_days') }}
where "store_code" is null or "n_tickets" is null or "n_units" is null or "net_cents" is null or "n_returns" is null or "refunded_cents" is null or "worked_minutes" is null
