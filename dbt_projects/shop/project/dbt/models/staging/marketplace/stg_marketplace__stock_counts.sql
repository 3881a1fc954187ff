with

source as (

    select * from {{ source('marketplace', 'stock_counts') }}

),

renamed as (

    select
        count_id,
        warehouse_code,
        sku,
        counted_quantity,
        {{ to_utc('counted_at') }} as counted_at
    from source

)

select * from renamed
