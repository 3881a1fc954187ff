with

source as (

    select * from {{ source('shops', 'shelf_counts') }}

),

renamed as (

    select
        count_id,
        store_sk as store_id,
        item_sk as item_id,
        expected_quantity,
        counted_quantity,
        {{ to_utc('counted_at') }} as counted_at
    from source

)

select * from renamed
