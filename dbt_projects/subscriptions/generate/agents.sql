select
    'ag' || left(md5(concat_ws('|', seed(), 'agent', number)), 10) as agent_id,
    person_name(number) as full_name,
    -- One changes the team on the day after the first run.
    case when (choose(number, 'team', ['first_line', 'second_line']) = 'first_line') = (version = 1) then 'first_line' else 'second_line' end
        as team,
    number <> 5 as is_active,
    changed_at as updated_at,
    number as agent__,
    version as version__,
    changed_at as arrives_at__
from (
    select
        number,
        version,
        (start_date() + case when version = 1 then -(200 + number) else 14 end::integer + interval 9 hours)::timestamptz as changed_at
    from (select unnest(range(7)) as number)
    cross join unnest([1, 2]) as versions (version)
    where version = 1 or number = 3
)
