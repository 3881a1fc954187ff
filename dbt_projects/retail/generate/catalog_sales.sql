-- Lines of orders by catalogue; a cancelled order is deleted with its lines.
with steps as (
    select *, 1 as version, ordered_at__ + interval 3 minutes as changed_at from direct_lines where channel__ = 'catalog'
    union all
    select *, 2, shipped_at__ from direct_lines where channel__ = 'catalog' and not is_cancelled__
)

select
    order_number__ as order_number,
    line__ as line_number,
    item_id__ as item_sk,
    customer_id__ as customer_sk,
    identifier('call center', pick(order__, 'call center', 2)) as call_center_sk,
    case when draw([order__, line__], 'tells the page') < 0.9 then identifier('catalog page', pick([order__, line__], 'page', 12)) end
        as catalog_page_sk,
    ship_mode_sk__ as ship_mode_sk,
    warehouse_sk__ as warehouse_sk,
    promo_sk__ as promo_sk,
    day__ - date '2000-01-01' as sold_date_sk,
    minute__ as sold_time_sk,
    case when version = 2 then shipped_on__ - date '2000-01-01' end as ship_date_sk,
    quantity__ as quantity,
    (price_cents__ / 100)::decimal(9, 2) as list_price,
    (sales_cents__ / 100)::decimal(9, 2) as sales_price,
    (coupon_cents__ / 100)::decimal(9, 2) as coupon_amt,
    (ship_cents__ / 100)::decimal(9, 2) as ship_cost,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__,
    case when is_cancelled__ then cancelled_at__ end as deleted_at__
from steps
