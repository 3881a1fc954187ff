select
    'ag' || left(md5(concat_ws('|', seed(), 'agent', number)), 10) as agent_id,
    person_name(number) as full_name,
    choose(number, 'team', ['first_line', 'second_line']) as team,
    number <> 5 as is_active,
    (start_date() - (200 + number)::integer + interval 9 hours)::timestamptz as updated_at,
    number as agent__
from (select unnest(range(7)) as number)
