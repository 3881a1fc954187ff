-- Everybody who ever signs up: 280 who did before the history began, and ten newcomers a day. For the generator only.
with everybody as (
    select
        number as person__,
        number // 280 as copy__,
        -1 as day_index__,
        null::bigint as slot__,
        start_date() - 1 - pick(number, 'days before', 700) as day__
    from entities(280)
    union all by name
    select
        1000000 + ((day - start_date()) * 1000 + number // 10) * 10 + number % 10 as person__,
        number // 10 as copy__,
        day - start_date() as day_index__,
        number % 10 as slot__,
        day as day__
    from dates()
    cross join entities(10)
)

select
    *,
    pick_weighted(
        person__, 'country', ['DE', 'AT', 'FR', 'NL', 'GB', 'PL', 'SE', 'CH'], [34, 9, 14, 11, 12, 8, 7, 5]
    ) as country_code__,
    identifier('customer', person__) as customer_id__,
    'v-' || left(md5(concat_ws('|', seed(), 'visitor', person__)), 16) as visitor_id__
from everybody
