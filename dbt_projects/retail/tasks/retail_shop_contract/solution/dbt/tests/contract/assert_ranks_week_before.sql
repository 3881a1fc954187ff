-- What the shop sold seven days before.
select
    ranks.store_id,
    ranks.business_date
from {{ ref('store_day_ranks') }} as ranks
left join {{ ref('store_day_ranks') }} as earlier
    on ranks.store_id = earlier.store_id and ranks.business_date = earlier.business_date + 7
where
    ranks.week_before_cents is distinct from earlier.net_cents
    or ranks.change_cents is distinct from ranks.net_cents - earlier.net_cents
