-- How many seats were in use, counted the night after; some days are counted again.
with listed as (
    select subs.*, day, [sub__, day - start_date()] as key
    from subs
    cross join dates()
    where day > begins_at__::date and isodow(day) < 6
)

select
    workspace_id__ as workspace_id,
    day as seat_date,
    1 + pick(key, 'in use', 14) as n_seats_in_use,
    (day + interval 28 hours)::timestamptz as reported_at,
    sub__,
    1 as version__,
    (day + interval 28 hours)::timestamptz as arrives_at__
from listed
union all
select
    workspace_id__,
    day,
    2 + pick(key, 'in use', 14) + pick(key, 'counted again', 4),
    (day + interval 52 hours)::timestamptz,
    sub__,
    2,
    (day + interval 52 hours)::timestamptz
from listed
where draw(key, 'is counted again') < 0.1
