select * from {{ ref('store_day_ranks') }}
where "n_tickets" is null or "rank_on_day" is null or "n_open_shops" is null or "net_cents" is null or "share_of_day" is null
