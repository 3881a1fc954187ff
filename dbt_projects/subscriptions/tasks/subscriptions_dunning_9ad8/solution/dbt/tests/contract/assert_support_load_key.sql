select "customer_id", "week_start" from {{ ref('support_load') }}
group by "customer_id", "week_start"
having count(*) > 1 or min("customer_id") is null or min("week_start") is null
