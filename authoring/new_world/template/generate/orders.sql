-- Every customer orders on some of the days. The key of a draw is what the row is, so that a longer history adds rows
-- and changes none.
with visits as (
    select customer_id, day, [number__, day - start_date()] as key
    from customers
    cross join dates()
    where draw([number__, day - start_date()], 'orders') < 0.25
)

select
    key as key__,
    identifier('order', key[1] * 10000 + key[2]) as order_id,
    customer_id,
    between_times(key, 'time', day + interval 7 hours, day + interval 19 hours)::timestamptz as ordered_at,
    -- The warehouse looks at an order half a day to two days later; until then it has no status.
    ordered_at + to_hours(12 * (1 + pick(key, 'handled', 4))) as handled_at__,
    case
        when handled_at__ > pinned_now() then null
        when draw(key, 'cancelled') < 0.1 then 'cancelled'
        else 'shipped'
    end as status,
    case when handled_at__ > pinned_now() then ordered_at else handled_at__ end as updated_at
from visits
