-- Customers whom the support team marks, most of them at the time of an order that it dislikes. Some blocks are lifted after a while, some
-- when the customer orders again; which of the two it may be does not hang on the next order. The checkout does not look at any of it.
with ordered as (
    select
        order__,
        customer_id__,
        placed_at__,
        lead(placed_at__) over (partition by customer_id__ order by placed_at__, order__) as next_placed_at
    from baskets
),

blocked as (
    select
        order__ * 2 as block,
        customer_id__,
        placed_at__ - case when draw(order__, 'is blocked before') < 0.5 then interval 0 hours else interval 9 hours end as blocked_at,
        case
            when draw(order__, 'is lifted when ordering') < 0.5
                then case when next_placed_at < placed_at__ + interval 6 days then next_placed_at end
            when draw(order__, 'is lifted') < 0.6 then placed_at__ + to_hours(20 + pick(order__, 'until lifted', 120))
        end as lifted_at
    from ordered
    where draw(order__, 'is blocked') < 0.07
    union all
    -- A second one, for another reason, while the first one holds.
    select order__ * 2 + 1, customer_id__, placed_at__ - interval 3 hours, placed_at__ + to_hours(30 + pick(order__, 'second is lifted', 90))
    from ordered
    where draw(order__, 'is blocked') < 0.025
),

steps as (
    select *, 1 as version, blocked_at + interval 10 hours as changed_at from blocked
    union all
    select *, 2, greatest(lifted_at, blocked_at + interval 11 hours) from blocked where lifted_at is not null
)

select
    identifier('block', block) as block_id,
    customer_id__ as customer_id,
    choose(block, 'why', ['unpaid', 'returns', 'disputes']) as reason,
    blocked_at,
    case when version = 2 then lifted_at end as lifted_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
