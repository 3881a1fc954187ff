-- Each price of a product and when it began. For the generator only.
select
    product__,
    0 as nth__,
    (since__ + interval 7 hours)::timestamptz as valid_from__,
    first_price_cents__ as price_cents__,
    valid_from__ as known_at__
from assortment
union all
select
    product__,
    1 + day - start_date() as nth__,
    (day + to_hours(choose([product__, day - start_date()], 'hour', [5, 12, 20])))::timestamptz as valid_from__,
    greatest(190, round(first_price_cents__ * (0.75 + 0.5 * draw([product__, day - start_date()], 'factor')) / 10)::bigint * 10)
        as price_cents__,
    valid_from__ as known_at__
from assortment
cross join dates()
where day > since__ and draw([product__, day - start_date()], 'price changes') < 0.035
