-- Every firm that ever signs up: 110 over the eleven months before the history, and two a day since. For the generator only.
with everybody as (
    select
        number as firm__,
        number % 110 as place__,
        number // 110 as copy__,
        (start_date() - (5 + (number % 110) * 3 + pick(number, 'days before', 3))::integer) as day__
    from entities(110)
    union all by name
    select
        1000000 + ((day - start_date()) * 1000 + number // 2) * 2 + number % 2 as firm__,
        (110 + (day - start_date()) * 2 + number % 2)::bigint as place__,
        number // 2 as copy__,
        day as day__
    from dates()
    cross join entities(2)
),

placed as (
    select
        *,
        pick_weighted(firm__, 'country', ['NL', 'DE', 'FR', 'GB', 'US', 'IE'], [22, 20, 14, 18, 18, 8]) as country
    from everybody
)

select
    firm__,
    place__,
    copy__,
    day__,
    country as country__,
    case country when 'GB' then 'GBP' when 'US' then 'USD' else 'EUR' end as currency__,
    pick_weighted(firm__, 'segment', ['smb', 'mid', 'enterprise'], [5, 3, 2]) as segment__,
    place__ % 24 = 11 as is_test__,
    place__ % 10 not in (3, 7) as has_account__,
    (day__ + to_seconds(21600 + pick(firm__, 'second', 50000)))::timestamptz as created_at__,
    text_identifier('customer', firm__, 'cus_') as customer_id__,
    text_identifier('account', firm__, 'ACC') as account_id__
from placed
