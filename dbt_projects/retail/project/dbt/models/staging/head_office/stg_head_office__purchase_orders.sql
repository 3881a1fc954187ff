with

source as (

    select * from {{ source('head_office', 'purchase_orders') }}

),

renamed as (

    select
        po_number,
        supplier_sk as supplier_id,
        warehouse_sk as warehouse_id,
        status as po_status,
        ordered_on,
        promised_on,
        {{ to_utc('updated_at') }} as po_updated_at
    from source

)

select * from renamed
