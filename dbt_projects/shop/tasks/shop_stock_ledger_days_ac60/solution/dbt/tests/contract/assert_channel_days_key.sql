select "channel", "activity_date" from {{ ref('channel_days') }}
group by "channel", "activity_date"
having count(*) > 1 or min("channel") is null or min("activity_date") is null
