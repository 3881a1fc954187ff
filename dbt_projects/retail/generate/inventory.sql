-- What lies in the warehouses, counted on Wednesdays and Saturdays; a shelf that nobody got to has no figure.
with days as (
    select day from dates()
    union all
    select start_date() - 1
),

-- Two pieces for each that left the warehouse in two weeks: what some shelves are filled up to.
left_in_two_weeks as (
    select
        direct_lines.warehouse_sk__,
        direct_lines.item_id__,
        days.day,
        sum(direct_lines.quantity__)::bigint as pieces
    from days
    inner join direct_lines on direct_lines.day__ between days.day - 13 and days.day
    where not direct_lines.is_cancelled__
    group by all
),

counted as (
    select
        warehouse.warehouse_sk,
        warehouse.time_zone,
        left_in_two_weeks.pieces,
        assortment.item_id__,
        assortment.nth__,
        days.day,
        [assortment.item__, warehouse.warehouse__, days.day - start_date() + 1] as key,
        timezone(warehouse.time_zone, days.day::timestamp + interval 22 hours) as counted_at
    from warehouse
    inner join assortment on warehouse.copy__ = assortment.copy__
    cross join days
    left join left_in_two_weeks
        on warehouse.warehouse_sk = left_in_two_weeks.warehouse_sk__
        and assortment.item_id__ = left_in_two_weeks.item_id__
        and days.day = left_in_two_weeks.day
    where isodow(days.day) in (3, 6) and (assortment.nth__ + warehouse.warehouse__) % 9 <> 7
)

select
    day - date '2000-01-01' as inventory_date_sk,
    item_id__ as item_sk,
    warehouse_sk,
    -- One item has never been counted.
    case
        when nth__ = 12 or draw(key, 'is left out') < 0.15 then null
        when nth__ in (0, 1, 2, 3, 4, 5) then 2 * pieces
        when draw(key, 'is empty') < 0.06 then 0
        else 5 + pick(key, 'pieces', 160)
    end as quantity_on_hand,
    counted_at as updated_at,
    counted_at as arrives_at__
from counted
