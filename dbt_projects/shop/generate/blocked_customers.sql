-- Customers whom the support team keeps from buying, some for a few days only.
with blocked as (
    select
        person__,
        customer_id__,
        (start_date() - 3 + pick(person__, 'blocked on', 24) + interval 7 hours + to_seconds(pick(person__, 'blocked at', 36000)))::timestamptz
            as blocked_at
    from persons
    where day_index__ = -1 and draw(person__, 'is blocked') < 0.12
),

steps as (
    select *, 1 as version, null::timestamptz as lifted_at, blocked_at as changed_at from blocked
    union all
    select *, 2, blocked_at + to_hours(30 + pick(person__, 'until lifted', 160)) as lifted_at, lifted_at
    from blocked
    where draw(person__, 'is lifted') < 0.5
)

select
    identifier('block', person__) as block_id,
    customer_id__ as customer_id,
    choose(person__, 'why', ['unpaid', 'returns', 'disputes']) as reason,
    blocked_at,
    lifted_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
