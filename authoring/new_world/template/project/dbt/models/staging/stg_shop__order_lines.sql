select
    order_id,
    line_number,
    product,
    pieces
from {{ source('shop', 'order_lines') }}
