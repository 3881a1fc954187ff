with

inventory as (

    select * from {{ ref('stg_head_office__inventory') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

last_counted as (

    select
        inventory.item_id,
        inventory.warehouse_id,
        max_by(inventory.quantity_on_hand, dates.calendar_date) as quantity_on_hand,
        max(dates.calendar_date) filter (where inventory.quantity_on_hand is not null) as counted_on
    from inventory
    inner join dates on inventory.inventory_date_id = dates.date_id
    group by inventory.item_id, inventory.warehouse_id

)

select * from last_counted
