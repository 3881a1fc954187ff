select "customer_id" from {{ ref('customer_values') }}
group by "customer_id"
having count(*) > 1 or min("customer_id") is null
