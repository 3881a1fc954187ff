-- One row per department and day.
select
    department_id,
    order_date
from {{ ref('category_revenue_days') }}
group by department_id, order_date
having count(*) > 1
