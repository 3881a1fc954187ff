-- Who works when; a shift has no end until somebody clocks out, and some forget it.
with planned as (
    select
        shops.*,
        day,
        slot,
        store__ * 100000 + (day - start_date()) * 100 + slot as shift,
        -- The night before the clocks change, one starts at ten in the evening.
        case
            when slot = 0 then 480 + 15 * pick(shift, 'start', 4)
            when slot = 1 then 780 + 15 * pick(shift, 'start', 5)
            else 1320
        end as minute,
        case when slot = 2 then 1590 else minute + 300 + 15 * pick(shift, 'length', 13) end as end_minute
    from shops
    cross join dates()
    cross join unnest(range(3)) as listed (slot)
    where
        day >= opened_on__ and (closed_on__ is null or day <= closed_on__)
        and not (store__ % 8 = 6 and day - start_date() = 8)
        and (slot < 2 or (day - start_date() + store__) % 2 = 0)
),

timed as (
    select
        *,
        timezone(time_zone__, day::timestamp + to_minutes(minute)) as started_at,
        timezone(time_zone__, day::timestamp + to_minutes(end_minute)) as ended_at
    from planned
),

steps as (
    select *, 1 as version, started_at as changed_at from timed
    union all
    select *, 2, ended_at from timed where slot <> 1 or (store__ + (day - start_date())) % 9 <> 4
)

select
    identifier('shift', shift) as shift_id,
    store_id__ as store_sk,
    (100 + pick([store__, slot, (day - start_date()) // 5], 'who', 800))::integer as employee_number,
    case when slot = 2 then 'stock' else 'sales' end as role,
    started_at,
    case when version = 2 then ended_at end as ended_at,
    choose(shift, 'break', [0, 15, 30, 45]) as break_minutes,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
