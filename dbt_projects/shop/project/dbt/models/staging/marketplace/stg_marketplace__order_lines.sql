with

source as (

    select * from {{ source('marketplace', 'order_lines') }}

),

renamed as (

    select
        order_line_id,
        order_id,
        seller_id,
        sku,
        line_number,
        quantity,
        unit_price_cents,
        base_price_cents
    from source

)

select * from renamed
