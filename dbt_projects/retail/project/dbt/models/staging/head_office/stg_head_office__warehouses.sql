with

source as (

    select * from {{ source('head_office', 'warehouse') }}

),

renamed as (

    select
        warehouse_sk as warehouse_id,
        warehouse_name,
        city,
        state,
        time_zone
    from source

)

select * from renamed
