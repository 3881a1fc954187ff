with

source as (

    select * from {{ source('marketplace', 'warehouses') }}

),

renamed as (

    select
        warehouse_code,
        city,
        country_code,
        time_zone
    from source

)

select * from renamed
