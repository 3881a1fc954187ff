-- What sellers announce to a warehouse, at five in the morning of the day on which it comes. What was received stands in the movements
-- of stock. Some comes short or over, some not at all.
with received as (
    select
        product__,
        warehouse_code,
        reference as purchase_number,
        (moved_at at time zone 'UTC')::date as delivery_date,
        sum(quantity)::bigint as quantity
    from stock_movements
    where kind = 'receipt'
    group by product__, warehouse_code, reference, delivery_date
),

never_came as (
    select
        assortment.product__,
        assortment.warehouse_code__ as warehouse_code,
        'PO-' || (1000 + pick([assortment.product__, day - start_date()], 'purchase', 9000)) as purchase_number,
        day as delivery_date,
        10 + pick([assortment.product__, day - start_date()], 'announced', 60) as quantity
    from assortment
    cross join dates()
    where
        day > assortment.since__ + 1
        and day > start_date()
        and draw([assortment.product__, day - start_date()], 'never comes') < 0.012
),

announced as (
    select *, true as came from received
    union all by name
    select *, false as came from never_came
),

timed as (
    select
        *,
        [product__, delivery_date - start_date()] as key,
        (delivery_date + interval 5 hours + to_seconds(pick(key, 'announced at', 3000)))::timestamptz as announced_at,
        greatest(1, quantity + case when came and draw(key, 'is off') < 0.2 then wobble(key, 'off by', 6) else 0 end)::bigint
            as announced_quantity
    from announced
),

steps as (
    select *, 1 as version, 'announced' as status, announced_at as changed_at from timed
    union all
    select *, 2, 'closed', announced_at + to_hours(24) from timed where came
    union all
    select *, 2, 'cancelled', announced_at + to_hours(70) from timed where not came and draw(key, 'is cancelled') < 0.7
)

select
    'IN-' || left(md5(concat_ws('|', seed(), 'inbound', steps.product__, delivery_date, purchase_number)), 14) as delivery_id,
    purchase_number,
    sellers.seller_id,
    assortment.sku__ as sku,
    steps.warehouse_code,
    announced_quantity,
    status,
    announced_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
inner join assortment on steps.product__ = assortment.product__
inner join sellers on assortment.seller__ = sellers.seller__
