-- Lines of purchase orders; they go with their order.
with lines as (
    select
        orders_placed.*,
        unnest(range(1, 1 + n_lines__)) as line
    from orders_placed
)

select
    po_number__ as po_number,
    line as line_number,
    identifier('item', copy__ * 40 + (supplier__ % 6) * 7 + (pick(po__, 'item', 5) + line) % 5) as item_sk,
    10 * (1 + pick([po__, line], 'quantity', 8)) as quantity_ordered,
    (3 + pick([po__, line], 'cost', 3000) / 100)::decimal(9, 2) as unit_cost,
    placed_at__ as updated_at,
    po__,
    line as line__,
    supplier__,
    warehouse__,
    due_on__,
    is_cancelled__,
    placed_at__ as arrives_at__,
    case when is_cancelled__ then placed_at__ + interval 127 hours end as deleted_at__
from lines
