select "seller_id", "week_start" from {{ ref('seller_payouts') }}
group by "seller_id", "week_start"
having count(*) > 1 or min("seller_id") is null or min("week_start") is null
