select
    customer_id,
    name as customer_name,
    upper(left(city, 1)) || lower(substring(city, 2)) as city,
    joined_at
from {{ source('shop', 'customers') }}
