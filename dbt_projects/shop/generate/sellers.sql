select
    identifier('seller', number) as seller_id,
    company_name(number) as company_name,
    pick_weighted(number, 'country', ['DE', 'AT', 'NL', 'FR'], [5, 2, 2, 1]) as country_code,
    (start_date() - 30 - pick(number, 'joined', 900)) as joined_on,
    (joined_on + interval 10 hours)::timestamptz as updated_at,
    number as seller__
from entities(24)
