with numbered as (
    select order_id, ordered_at, key__, unnest(range(1, 2 + pick(key__, 'lines', 3))) as line
    from orders
)

select
    order_id,
    line::integer as line_number,
    choose([key__[1], key__[2], line], 'product', ['tea', 'coffee', 'cocoa', 'honey', 'jam']) as product,
    (1 + pick([key__[1], key__[2], line], 'pieces', 4))::integer as pieces,
    ordered_at as arrives_at__ -- from then on the row is there
from numbered
