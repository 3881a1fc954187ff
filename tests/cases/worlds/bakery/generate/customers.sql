select
    number as number__,
    identifier('customer', number) as customer_id,
    person_name(number) as name,
    case when draw(number, 'has email') < 0.9 then email(number) end as email,
    choose(number, 'city', ['Lyon', 'Turin', 'Bruges']) as city,
    between_times(number, 'joined', start_date() - 30, start_date())::timestamptz as updated_at
from entities(30)
