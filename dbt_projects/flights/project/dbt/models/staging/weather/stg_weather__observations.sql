with

source as (

    select * from {{ source('weather', 'observations') }}

),

latest_issue_per_hour as (

    select *
    from source
    qualify
        row_number() over (
            partition by station, observed_at
            order by updated_at desc
        ) = 1

),

renamed as (

    select
        station as airport_code,
        temp_f as temperature_f,
        dew_point_f,
        humidity_pct,
        wind_dir_deg as wind_direction_degrees,
        wind_speed_mph,
        wind_gust_mph,
        precip_in as precipitation_inches,
        pressure_mb,
        visibility_miles,
        observed_at at time zone 'UTC' as observed_at,
        updated_at at time zone 'UTC' as observation_updated_at
    from latest_issue_per_hour

)

select * from renamed
