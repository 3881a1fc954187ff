select "store_id", "business_date" from {{ ref('store_days') }}
group by "store_id", "business_date"
having count(*) > 1 or min("store_id") is null or min("business_date") is null
