select * from {{ ref('store_day_ranks') }}
where "n_tickets" < 0 or "n_open_shops" < 0
