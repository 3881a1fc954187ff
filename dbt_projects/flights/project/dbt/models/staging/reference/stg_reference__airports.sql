with

source as (

    select * from {{ source('reference', 'airports') }}

),

latest_row_per_airport as (

    select *
    from source
    where iata_code is not null
    qualify
        row_number() over (
            partition by iata_code
            order by _source_file desc, _source_row desc
        ) = 1

),

renamed as (

    select
        iata_code as airport_code,
        icao_code,
        name as airport_name,
        city,
        subdivision,
        country as country_code,
        time_zone,
        cast(elevation_ft as double) as elevation_feet,
        cast(latitude as double) as latitude,
        cast(longitude as double) as longitude
    from latest_row_per_airport

)

select * from renamed
