-- What the days come to is what the customers come to.
select days.total, customers.total as total_of_customers
from (select sum(revenue_cents) as total from {{ ref('daily_sales') }}) as days
cross join (select sum(revenue_cents) as total from {{ ref('customers') }}) as customers
where days.total != customers.total
