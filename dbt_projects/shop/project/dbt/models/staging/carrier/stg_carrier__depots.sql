with

source as (

    select * from {{ source('carrier', 'depots') }}

),

renamed as (

    select
        depot,
        name as depot_name,
        country as country_code,
        time_zone
    from source

)

select * from renamed
