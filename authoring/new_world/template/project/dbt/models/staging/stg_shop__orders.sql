select
    order_id,
    customer_id,
    ordered_at,
    (ordered_at at time zone 'UTC')::date as ordered_on,
    status
from {{ source('shop', 'orders') }}
