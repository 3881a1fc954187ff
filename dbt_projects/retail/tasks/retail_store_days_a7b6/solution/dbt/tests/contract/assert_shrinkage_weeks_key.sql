select "store_id", "week_start" from {{ ref('shrinkage_weeks') }}
group by "store_id", "week_start"
having count(*) > 1 or min("store_id") is null or min("week_start") is null
