-- Lines of orders on the web, with what becomes of the order.
with steps as (
    select *, 1 as version, 'placed' as status, ordered_at__ as changed_at from direct_lines where channel__ = 'web'
    union all
    select *, 2, 'cancelled', cancelled_at__ from direct_lines where channel__ = 'web' and is_cancelled__
    union all
    select *, 3, 'shipped', shipped_at__ from direct_lines where channel__ = 'web' and not is_cancelled__
)

select
    order_number__ as order_number,
    line__ as line_number,
    item_id__ as item_sk,
    customer_id__ as customer_sk,
    identifier('web site', (order__ % 4 = 0)::integer) as web_site_sk,
    case when draw([order__, line__], 'page is known') < 0.85 then identifier('web page', pick([order__, line__], 'page', 8)) end
        as web_page_sk,
    ship_mode_sk__ as ship_mode_sk,
    warehouse_sk__ as warehouse_sk,
    promo_sk__ as promo_sk,
    status,
    quantity__ as quantity,
    (price_cents__ / 100)::decimal(9, 2) as list_price,
    (sales_cents__ / 100)::decimal(9, 2) as sales_price,
    (coupon_cents__ / 100)::decimal(9, 2) as coupon_amt,
    (ship_cents__ / 100)::decimal(9, 2) as ship_cost,
    ordered_at__ as sold_at,
    case when version = 3 then shipped_at__ end as shipped_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
