-- Lines of the orders by catalogue and on the web, with their prices. For the generator only.
with lines as (
    select
        direct_orders.*,
        unnest(range(1, 1 + n_lines__)) as line,
        [channel__, order__::varchar, line::varchar] as key
    from direct_orders
),

with_item as (
    select
        lines.*,
        persons.customer_id__,
        case
            when draw(key, 'the favourite') < 0.3 then persons.favourite__
            else lines.copy__ * 40 + floor(39 * pow(draw(key, 'item'), 1.4))::bigint
        end as item
    from lines
    inner join persons on lines.person__ = persons.person__
)

select
    with_item.* exclude (line, key, item),
    line as line__,
    item as item__,
    assortment.item_id__,
    warehouse.warehouse_sk as warehouse_sk__,
    pick_weighted(key, 'quantity', [1, 2, 4], [66, 24, 10]) as quantity__,
    price_days.price_cents__,
    case
        when draw(key, 'takes the promotion') < 0.8
            and case when channel__ = 'web' then promotion_days.on_web__ else promotion_days.in_catalog__ end
            then promotion_days.promo_sk__
    end as promo_sk__,
    case
        when promo_sk__ is not null then price_cents__ - price_cents__ * discount_pct__ // 100 else price_cents__
    end as sales_cents__,
    case
        when draw(key, 'coupon') < 0.1 then least(sales_cents__ * quantity__, 100 * (1 + pick(key, 'coupon value', 5))) else 0
    end as coupon_cents__,
    100 * (3 + pick(key, 'shipping', 6)) as ship_cents__,
    draw(key, 'comes back') < 0.3 as comes_back__,
    shipped_on__ + 2 + pick(key, 'after', 4) as back_on__,
    case when quantity__ > 1 and draw(key, 'a part') < 0.5 then 1 else quantity__ end as back_quantity__,
    back_quantity__ * sales_cents__ - coupon_cents__ * back_quantity__ // quantity__ as refund_cents__,
    case when draw(key, 'fee') < 0.4 then 100 * (1 + pick(key, 'fee value', 4)) else 0 end as fee_cents__,
    1 + pick(key, 'reason', 8) as reason_sk__,
    draw(key, 'is refused') < 0.15 as is_refused__,
    timezone(time_zone__, back_on__::timestamp + to_minutes(600 + pick(key, 'back', 830))) as back_at__
from with_item
inner join assortment on with_item.item = assortment.item__
inner join warehouse on with_item.warehouse__ = warehouse.warehouse__
inner join price_days on with_item.item = price_days.item__ and with_item.day__ = price_days.day__
left join promotion_days on with_item.item = promotion_days.item__ and with_item.day__ = promotion_days.day__
