-- Every visit to the shop: who came, when, from where, and whether it ended in an order. For the generator only.
-- A day has 128 slots: 0 to 9 newcomers who sign up, 10 to 95 known customers, 96 to 127 visitors who do not log in.
with slots as (
    select
        ((day - start_date()) * 1000 + number // 128) * 128 + number % 128 as visit,
        number // 128 as copy,
        number % 128 as slot,
        day,
        day - start_date() as day_index
    from dates()
    cross join entities(128)
),

present as (
    select
        *,
        case
            when slot < 10 then 'newcomer'
            when slot < 96 then 'customer'
            else 'anonymous'
        end as kind,
        case when slot < 96 then -(1 + pick(visit, 'days back', 9)) else 1 + pick(visit, 'days ahead', 3) end as shift,
        pick(visit, 'which newcomer', 10) as other_slot
    from slots
    where slot < 10 or draw(visit, 'comes') < [0.86, 0.78, 0.8, 0.84, 0.95, 1.0, 0.97][isodow(day)]
),

with_person as (
    select
        *,
        case
            when kind = 'newcomer' then 1000000 + (day_index * 1000 + copy) * 10 + slot
            when kind = 'customer' and draw(visit, 'comes back') < 0.3 and day_index + shift >= 0
                then 1000000 + ((day_index + shift) * 1000 + copy) * 10 + other_slot
            when kind = 'customer' then copy * 280 + floor(280 * pow(draw(visit, 'customer'), 1.6))::bigint
        end as person,
        -- Some of those who do not log in will sign up a few days later, in the same browser.
        case
            when kind = 'anonymous' and draw(visit, 'will sign up') < 0.45
                then 1000000 + ((day_index + shift) * 1000 + copy) * 10 + other_slot
        end as later_person
    from present
),

timed as (
    select
        *,
        day
        + to_hours(
            pick_weighted(
                visit, 'hour', range(24), [3, 1, 1, 0, 0, 1, 3, 5, 6, 6, 7, 7, 8, 7, 6, 6, 7, 8, 9, 11, 12, 11, 8, 6]
            )
        )
        + to_seconds(pick(visit, 'second', 3600)) as started_local,
        -- On every fifth day the app is down for most people.
        case
            when kind <> 'anonymous' and draw(visit, 'app') < case when day_index % 5 = 3 then 0.03 else 0.22 end then 'app'
            else 'web'
        end as device_channel
    from with_person
),

pictured as (
    select
        *,
        pick_weighted(
            visit,
            'source',
            ['direct', 'search', 'newsletter', 'paid_search', 'paid_social', 'affiliate'],
            [30, 26, 12, 14, 12, 6]
        ) as touch,
        started_local at time zone 'Europe/Berlin' as started_at,
        case kind
            when 'newcomer' then draw(visit, 'buys') < 0.65
            when 'customer' then draw(visit, 'buys') < 0.42
            else false
        end as buys
    from timed
),

-- Orders to the second three or seven times 24 hours after an earlier visit of the same customer.
on_the_second as (
    select
        orders.visit,
        earlier.started_at + to_hours((24 * (orders.day - earlier.day))::integer) as ordered_at
    from pictured as orders
    inner join pictured as earlier on orders.person = earlier.person and orders.day - earlier.day in (3, 7)
    where
        orders.kind = 'customer' and orders.device_channel = 'web' and orders.buys
        and draw(orders.visit, 'on the second') < 0.6
        and earlier.device_channel = 'web' and not earlier.buys and earlier.touch <> 'direct'
        and (ordered_at at time zone 'Europe/Berlin')::date = orders.day
        and ((ordered_at - interval 10 minutes) at time zone 'Europe/Berlin')::date = orders.day
    qualify
        row_number() over (partition by orders.visit order by earlier.visit) = 1
        and row_number() over (partition by earlier.visit, orders.day order by orders.visit) = 1
)

select
    pictured.visit as visit__,
    copy as copy__,
    day as day__,
    day_index as day_index__,
    kind as kind__,
    person as person__,
    device_channel as device_channel__,
    case
        when person is not null then 'v-' || left(md5(concat_ws('|', seed(), 'visitor', person)), 16)
        when later_person is not null then 'v-' || left(md5(concat_ws('|', seed(), 'visitor', later_person)), 16)
        else 'v-' || left(md5(concat_ws('|', seed(), 'passer-by', pictured.visit)), 16)
    end as visitor_id__,
    touch as touch__,
    coalesce(ordered_at - interval 10 minutes, started_at) as started_at__,
    ordered_at as ordered_at__,
    buys as buys__
from pictured
left join on_the_second on pictured.visit = on_the_second.visit
