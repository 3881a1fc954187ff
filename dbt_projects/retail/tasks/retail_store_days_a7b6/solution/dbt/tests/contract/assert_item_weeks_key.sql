select "item_id", "week_start" from {{ ref('item_weeks') }}
group by "item_id", "week_start"
having count(*) > 1 or min("item_id") is null or min("week_start") is null
