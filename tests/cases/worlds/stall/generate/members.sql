select
    identifier('member', number) as member_id,
    person_name(number) as name,
    {'city': choose(number, 'city', ['Köln', 'Ulm']), 'zip': case when draw(number, 'zip') < 0.5 then '89073' end} as address,
    [{'card': 'C' || number, 'level': pick(number, 'level', 3)}] as cards,
    (pick(number, 'points', 5000) * 0.1)::decimal(8, 1) as points,
    between_times(number, 'joined', start_date() - 30, start_date())::timestamptz as joined_at,
    joined_at as updated_at
from entities(20)
