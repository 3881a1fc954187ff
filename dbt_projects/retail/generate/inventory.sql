-- What lies in the warehouses, counted on Wednesdays and Saturdays; a shelf that nobody got to has no figure.
with days as (
    select day from dates()
    union all
    select start_date() - 1
),

counted as (
    select
        warehouse.warehouse_sk,
        warehouse.time_zone,
        assortment.item_id__,
        assortment.nth__,
        day,
        [assortment.item__, warehouse.warehouse__, day - start_date() + 1] as key,
        timezone(warehouse.time_zone, day::timestamp + interval 22 hours) as counted_at
    from warehouse
    inner join assortment on warehouse.copy__ = assortment.copy__
    cross join days
    where isodow(day) in (3, 6) and (assortment.nth__ + warehouse.warehouse__) % 9 <> 7
)

select
    day - date '2000-01-01' as inventory_date_sk,
    item_id__ as item_sk,
    warehouse_sk,
    -- One item has never been counted.
    case
        when nth__ = 12 or draw(key, 'is left out') < 0.15 then null
        when draw(key, 'is empty') < 0.06 then 0
        else 5 + pick(key, 'pieces', 160)
    end as quantity_on_hand,
    counted_at as updated_at,
    counted_at as arrives_at__
from counted
