with

source as (

    select * from {{ source('head_office', 'inventory') }}

),

renamed as (

    select
        inventory_date_sk || '-' || item_sk || '-' || warehouse_sk as inventory_id,
        inventory_date_sk as inventory_date_id,
        item_sk as item_id,
        warehouse_sk as warehouse_id,
        quantity_on_hand
    from source

)

select * from renamed
