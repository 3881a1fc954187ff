-- Five currencies.
select order_id
from {{ ref('orders') }}
where coalesce(currency not in ('EUR', 'GBP', 'PLN', 'SEK', 'CHF'), true)
