with

source as (

    select * from {{ source('head_office', 'item') }}

),

renamed as (

    select
        item_sk as item_id,
        item_code,
        title,
        brand,
        {{ capitalise('category') }} as category,
        class,
        supplier_sk as supplier_id,
        discontinued_on,
        {{ to_utc('updated_at') }} as item_updated_at
    from source

)

select * from renamed
