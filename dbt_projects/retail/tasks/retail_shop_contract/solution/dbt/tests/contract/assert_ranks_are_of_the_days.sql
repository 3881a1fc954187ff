-- Both tables of the shops' days say the same.
select
    days.store_id,
    ranks.store_id as ranked_store_id
from {{ ref('store_days') }} as days
full outer join {{ ref('store_day_ranks') }} as ranks
    on days.store_id = ranks.store_id and days.business_date = ranks.business_date
where
    days.n_tickets is distinct from ranks.n_tickets
    or days.net_cents is distinct from ranks.net_cents
