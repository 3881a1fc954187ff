select * from {{ ref('store_days') }}
where "n_tickets" < 0 or "n_units" < 0 or "n_returns" < 0 or "n_open_shifts" < 0
