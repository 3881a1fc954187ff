with

observations as (

    select * from {{ ref('stg_weather__observations') }}

),

stations as (

    select * from {{ ref('stg_weather__stations') }}

),

in_local_time as (

    select
        observations.airport_code,
        stations.station_name,
        observations.temperature_f,
        observations.wind_speed_mph,
        observations.wind_gust_mph,
        observations.precipitation_inches,
        observations.visibility_miles,
        observations.observed_at,
        cast(observations.observed_at at time zone 'UTC' at time zone stations.time_zone as date) as observed_date
    from observations
    inner join stations on observations.airport_code = stations.airport_code

),

classified as (

    select
        *,
        case
            when visibility_miles < 3 then 'low_visibility'
            when precipitation_inches > 0 and temperature_f <= 32 then 'snow'
            when precipitation_inches > 0 then 'rain'
            when greatest(wind_speed_mph, wind_gust_mph) >= 25 then 'wind'
            else 'fair'
        end as weather_condition
    from in_local_time

)

select * from classified
