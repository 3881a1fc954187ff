-- One row per shop and day.
select
    store_id,
    business_date
from {{ ref('store_day_ranks') }}
group by store_id, business_date
having count(*) > 1 or store_id is null or business_date is null
