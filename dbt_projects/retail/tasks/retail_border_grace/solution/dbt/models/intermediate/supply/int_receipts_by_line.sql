with

purchase_orders as (

    select * from {{ ref('stg_head_office__purchase_orders') }}

),

order_lines as (

    select * from {{ ref('stg_head_office__purchase_order_lines') }}

),

receipts as (

    select * from {{ ref('stg_head_office__goods_receipts') }}

),

suppliers as (

    select * from {{ ref('stg_head_office__suppliers') }}

),

warehouses as (

    select * from {{ ref('stg_head_office__warehouses') }}

),

accepted as (

    select
        receipts.po_number,
        receipts.line_number,
        receipts.quantity_received - receipts.quantity_rejected as accepted_units,
        {{ local_date('receipts.received_at', 'warehouses.time_zone') }} as received_on
    from receipts
    inner join warehouses on receipts.warehouse_id = warehouses.warehouse_id

),

joined as (

    select
        order_lines.po_line_id,
        order_lines.po_number,
        order_lines.line_number,
        purchase_orders.supplier_id,
        purchase_orders.warehouse_id,
        order_lines.item_id,
        purchase_orders.po_status,
        order_lines.quantity_ordered,
        accepted.accepted_units,
        accepted.received_on <= purchase_orders.promised_on as is_on_time,
        -- From the second week of March on, customs may take a day.
        accepted.received_on = purchase_orders.promised_on + 1
        and suppliers.country_code <> 'US'
        and purchase_orders.promised_on >= cast('2024-03-10' as date) as is_in_grace,
        purchase_orders.promised_on,
        accepted.received_on
    from order_lines
    inner join purchase_orders on order_lines.po_number = purchase_orders.po_number
    inner join suppliers on purchase_orders.supplier_id = suppliers.supplier_id
    left join accepted
        on
            order_lines.po_number = accepted.po_number
            and order_lines.line_number = accepted.line_number

),

aggregated as (

    select
        po_line_id,
        any_value(po_number) as po_number,
        any_value(line_number) as line_number,
        any_value(supplier_id) as supplier_id,
        any_value(warehouse_id) as warehouse_id,
        any_value(item_id) as item_id,
        any_value(po_status) as po_status,
        any_value(quantity_ordered) as quantity_ordered,
        count(received_on) as n_receipts,
        cast(coalesce(sum(accepted_units), 0) as bigint) as accepted_units,
        cast(coalesce(sum(accepted_units) filter (where is_on_time), 0) as bigint) as on_time_units,
        cast(coalesce(sum(accepted_units) filter (where is_in_grace), 0) as bigint) as grace_units,
        any_value(promised_on) as promised_on,
        max(received_on) as last_received_on
    from joined
    group by po_line_id

)

select * from aggregated
