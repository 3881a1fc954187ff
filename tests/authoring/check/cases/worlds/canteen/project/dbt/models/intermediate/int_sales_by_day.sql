select item, sold_on, sum(price_cents) as revenue_cents
from {{ ref('stg_till__sales') }}
group by item, sold_on
