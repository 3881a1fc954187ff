select * from {{ ref('store_day_ranks') }}
where "change_cents" is distinct from (net_cents - week_before_cents)
