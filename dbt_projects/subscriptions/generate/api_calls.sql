-- Calls of the interface by hour, for workspaces that use it.
with hours as (
    select
        subs.*,
        day,
        hour,
        [sub__, day - start_date(), hour] as key
    from subs
    cross join dates()
    cross join unnest([1, 9, 14, 23]) as hours (hour)
    where place__ % 3 = 0 and day > begins_at__::date and draw([sub__, day - start_date(), hour], 'calls') < 0.4
)

select
    workspace_id__ as workspace_id,
    (day + to_hours(hour))::timestamptz as hour_start,
    20 + pick(key, 'calls', 900) as n_calls,
    case when draw(key, 'errors') < 0.4 then 1 + pick(key, 'how many errors', 19) else 0 end as n_errors,
    (day + to_hours(hour) + interval 65 minutes)::timestamptz as reported_at,
    sub__
from hours
