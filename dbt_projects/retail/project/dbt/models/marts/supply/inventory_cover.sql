with

stock as (

    select * from {{ ref('int_stock_last_counted') }}

),

lines as (

    select * from {{ ref('int_sale_lines_unioned') }}

),

order_lines as (

    select * from {{ ref('int_receipts_by_line') }}

),

demand as (

    select
        item_id,
        warehouse_id,
        cast(sum(quantity) as bigint) as demand_units
    from lines
    where sold_on > {{ business_today() }} - {{ var('demand_days') }}
    group by item_id, warehouse_id

),

on_order as (

    select
        item_id,
        warehouse_id,
        cast(sum(greatest(0, quantity_ordered - accepted_units)) as bigint) as on_order_units
    from order_lines
    where po_status = 'open'
    group by item_id, warehouse_id

),

joined as (

    select
        stock.item_id,
        stock.warehouse_id,
        stock.quantity_on_hand,
        coalesce(demand.demand_units, 0) as demand_units,
        coalesce(on_order.on_order_units, 0) as on_order_units,
        stock.quantity_on_hand * {{ var('demand_days') }} / demand.demand_units as cover_days,
        stock.counted_on
    from stock
    left join demand
        on
            stock.item_id = demand.item_id
            and stock.warehouse_id = demand.warehouse_id
    left join on_order
        on
            stock.item_id = on_order.item_id
            and stock.warehouse_id = on_order.warehouse_id

),

with_state as (

    select
        item_id,
        warehouse_id,
        quantity_on_hand,
        demand_units,
        on_order_units,
        cover_days,
        case
            when quantity_on_hand is null then 'never_counted'
            when quantity_on_hand = 0 then 'empty'
            when cover_days < 2 * {{ var('demand_days') }} then 'low'
            else 'enough'
        end as cover_state,
        counted_on
    from joined

)

select * from with_state
