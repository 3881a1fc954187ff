-- Promotions: an item, first and last day, and the channels in which they run.
with listed as (
    select
        number as promo__,
        number // 11 as copy__,
        number % 11 as nth
    from entities(11)
)

select
    identifier('promotion', promo__) as promo_sk,
    'SAVE' || (10 * (1 + nth)) || '-' || (1 + pick(promo__, 'code', 900)) as promo_code,
    choose(promo__, 'name', ['Spring start', 'Weekend deal', 'Clear the shelf', 'Card holders first']) as promo_name,
    identifier('item', copy__ * 40 + [0, 3, 6, 9, 2, 5, 8, 1, 0, 3, 39][nth + 1]) as item_sk,
    start_date() + [5, 6, 7, 5, 8, 9, 6, 12, 13, 15, 8][nth + 1] - date '2000-01-01' as start_date_sk,
    start_date() + [7, 9, 9, 9, 11, 11, 9, 14, 16, 18, 10][nth + 1] - date '2000-01-01' as end_date_sk,
    nth not in (3, 5, 6) as in_shops,
    nth in (0, 3, 4, 5, 8, 9, 10) as in_catalog,
    nth not in (1, 3, 7) as on_web,
    (10 + 5 * pick(promo__, 'discount', 5))::integer as discount_pct,
    (40 + pick(promo__, 'cost', 260))::decimal(9, 2) as cost,
    (start_date() - 10)::timestamptz as updated_at,
    promo__,
    copy__ * 40 + [0, 3, 6, 9, 2, 5, 8, 1, 0, 3, 39][nth + 1] as item__
from listed
