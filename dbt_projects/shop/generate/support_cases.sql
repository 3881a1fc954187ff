-- Customers who ask about an order that they have paid. A case may be opened again.
with asked as (
    select
        order__,
        order_id__,
        placed_at__ + to_seconds(40000 + pick(order__, 'until asked', 500000)) as opened_at
    from baskets
    where paid_at__ is not null and draw(order__, 'asks') < 0.2
),

steps as (
    select *, 1 as version, 'open' as status, opened_at as changed_at from asked
    union all
    select *, 2, 'closed', opened_at + to_seconds(9000 + pick(order__, 'until closed', 160000)) from asked
    union all
    select *, 3, 'open', opened_at + to_seconds(180000 + pick(order__, 'until reopened', 90000)) from asked
    where draw(order__, 'is opened again') < 0.15
)

select
    identifier('case', order__) as case_id,
    order_id__ as order_id,
    pick_weighted(order__, 'topic', ['where_is_it', 'damaged', 'wrong_item', 'invoice', 'payment'], [5, 2, 2, 3, 3]) as topic,
    status,
    opened_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
