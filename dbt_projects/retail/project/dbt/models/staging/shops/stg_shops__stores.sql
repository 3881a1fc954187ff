with

source as (

    select * from {{ source('shops', 'store') }}

),

renamed as (

    select
        store_sk as store_id,
        store_code,
        store_name,
        city,
        state,
        time_zone,
        floor_space,
        opened_on,
        closed_on,
        {{ to_utc('updated_at') }} as store_updated_at
    from source

)

select * from renamed
