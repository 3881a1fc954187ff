select * from {{ ref('item_weeks') }}
where "kept_cents" is distinct from (net_cents - refunded_cents)
