select "customer_id", "version_number" from {{ ref('customer_history') }}
group by "customer_id", "version_number"
having count(*) > 1 or min("customer_id") is null or min("version_number") is null
