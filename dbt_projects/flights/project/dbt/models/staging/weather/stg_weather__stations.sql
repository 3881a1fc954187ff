with

source as (

    select * from {{ source('weather', 'stations') }}

),

renamed as (

    select
        station as airport_code,
        name as station_name,
        time_zone,
        latitude,
        longitude
    from source

)

select * from renamed
