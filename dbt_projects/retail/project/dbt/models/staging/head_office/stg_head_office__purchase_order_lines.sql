with

source as (

    select * from {{ source('head_office', 'purchase_order_lines') }}

),

renamed as (

    select
        po_number || '-' || line_number as po_line_id,
        po_number,
        line_number,
        item_sk as item_id,
        quantity_ordered,
        {{ cents('unit_cost') }} as unit_cost_cents
    from source

)

select * from renamed
