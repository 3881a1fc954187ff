select sold_on, sum(revenue_cents) as revenue_cents, count(*) as n_items
from {{ ref('int_sales_by_day') }}
group by sold_on
