-- What the kitchen cooks more of.
select item, sum(revenue_cents) as revenue_cents
from {{ ref('int_sales_by_day') }}
group by item
