with

source as (

    select * from {{ source('reference', 'ship_mode') }}

),

renamed as (

    select
        ship_mode_sk as ship_mode_id,
        ship_type,
        carrier
    from source

)

select * from renamed
