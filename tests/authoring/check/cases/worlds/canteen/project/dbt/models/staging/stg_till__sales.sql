select sale_id, item, sold_on, {{ cents('price') }} as price_cents
from {{ source('till', 'sales') }}
where price is not null
