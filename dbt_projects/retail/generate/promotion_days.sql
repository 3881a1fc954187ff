-- Which promotion an item has on a day. No item has two at once. For the generator only.
select
    promotion.item__,
    day as day__,
    promotion.promo_sk as promo_sk__,
    promotion.discount_pct as discount_pct__,
    promotion.in_shops as in_shops__,
    promotion.in_catalog as in_catalog__,
    promotion.on_web as on_web__
from promotion
inner join dates() on day - date '2000-01-01' between promotion.start_date_sk and promotion.end_date_sk
