select
    text_identifier('owner', number, 'OWN') as owner_id,
    person_name(number) as full_name,
    choose(number, 'team', ['north', 'south', 'overseas']) as team,
    number < 7 as is_active,
    (start_date() - 320 - pick(number, 'joined', 60) + interval 9 hours)::timestamptz as updated_at,
    number as owner__
from (select unnest(range(9)) as number)
