-- Orders by catalogue and on the web; both count their orders by themselves, so a number may be in both. For the generator only.
with slots as (
    select
        number as copy,
        channel,
        day,
        day - start_date() as day_index,
        slot,
        (number * 1000 + (day - start_date())) * 100 + slot as order_number,
        [channel, ((number * 1000 + (day - start_date())) * 100 + slot)::varchar] as key
    from entities(1)
    cross join dates()
    cross join unnest(['catalog', 'web']) as channels (channel)
    cross join unnest(range(12)) as listed (slot)
    where slot < 12 - case when channel = 'catalog' then 2 else 0 end and draw(key, 'is there') < 0.9
),

timed as (
    select
        *,
        case when channel = 'catalog' then 'America/Chicago' else 'America/New_York' end as time_zone,
        case
            when slot = 0 and channel = 'web' then 1380 + pick(key, 'minute', 30)
            when channel = 'web' then 300 + pick(key, 'minute', 1130)
            else 480 + pick(key, 'minute', 760)
        end as minute
    from slots
)

select
    copy as copy__,
    channel as channel__,
    key as key__,
    day as day__,
    day_index as day_index__,
    time_zone as time_zone__,
    minute as minute__,
    identifier('document', order_number) as order_number__,
    order_number as order__,
    copy * 120 + floor(118 * pow(draw(key, 'who'), 4))::bigint as person__,
    pick_weighted(key, 'lines', [1, 2, 3], [46, 36, 18]) as n_lines__,
    timezone(time_zone, day::timestamp + to_minutes(minute)) as ordered_at__,
    draw(key, 'is cancelled') < 0.09 as is_cancelled__,
    ordered_at__ + to_seconds(3600 + pick(key, 'until cancelled', 70000)) as cancelled_at__,
    day + 1 + pick(key, 'until shipped', 3) as shipped_on__,
    timezone(time_zone, shipped_on__::timestamp + to_minutes(540 + pick(key, 'shipped', 800))) as shipped_at__,
    1 + pick(key, 'ship mode', 4) as ship_mode_sk__,
    copy * 2 + pick(key, 'warehouse', 2) as warehouse__
from timed
