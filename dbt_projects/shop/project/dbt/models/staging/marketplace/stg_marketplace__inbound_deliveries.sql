with

source as (

    select * from {{ source('marketplace', 'inbound_deliveries') }}

),

renamed as (

    select
        delivery_id,
        purchase_number,
        seller_id,
        sku,
        warehouse_code,
        status as delivery_status,
        announced_quantity,
        {{ to_utc('announced_at') }} as announced_at
    from source

)

select * from renamed
