select "department_id", "order_date" from {{ ref('category_revenue_days') }}
group by "department_id", "order_date"
having count(*) > 1 or min("department_id") is null or min("order_date") is null
