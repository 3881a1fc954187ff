-- A parcel for each warehouse of an order that is paid and not cancelled. For the generator only.
with sent as (
    select
        baskets.order__,
        order_lines.warehouse_code__,
        any_value(baskets.order_number__) as order_number,
        any_value(baskets.ship_country__) as ship_country,
        any_value(baskets.is_express__) as is_express,
        any_value(baskets.paid_at__) as paid_at,
        sum(order_lines.quantity * assortment.weight_grams__)::bigint as weight_grams
    from baskets
    inner join order_lines on baskets.order__ = order_lines.order__
    inner join assortment on order_lines.product__ = assortment.product__
    where paid_at__ is not null and cancelled_at__ is null
    group by baskets.order__, order_lines.warehouse_code__
),

timed as (
    select
        *,
        [order__::varchar, warehouse_code__] as key,
        paid_at + to_seconds(10800 + (150000 * pow(draw(key, 'until handed over'), 1.5))::bigint) as handed_over_at,
        handed_over_at
        + to_seconds(
            case when is_express then 40000 else 90000 end
            + (case when is_express then 70000 else 260000 end * pow(draw(key, 'on the way'), 2))::bigint
        ) as would_arrive_at,
        draw(key, 'fate') as fate
    from sent
)

select
    order__,
    warehouse_code__,
    order_number as order_number__,
    ship_country as ship_country__,
    is_express as is_express__,
    weight_grams as weight_grams__,
    paid_at as paid_at__,
    handed_over_at as handed_over_at__,
    -- Three in a hundred go back to the sender, one in a hundred is lost.
    case when fate < 0.03 then would_arrive_at + interval 60 hours end as returned_at__,
    fate >= 0.03 and fate < 0.04 as is_lost__,
    case when fate >= 0.04 then
        would_arrive_at + case when draw(key, 'failed attempt') < 0.1 then interval 25 hours else interval 0 hours end
    end as delivered_at__,
    case when fate >= 0.04 and draw(key, 'failed attempt') < 0.1 then would_arrive_at end as failed_at__,
    'SHP' || upper(left(md5(concat_ws('|', seed(), 'parcel', order__, warehouse_code__)), 12)) as shipment_id__
from timed
