with

flights as (

    select * from {{ ref('int_flights_timed') }}

),

weather as (

    select * from {{ ref('int_weather_by_hour') }}

),

observations_so_far as (

    select
        flights.flight_id,
        flights.origin_airport_code,
        flights.flight_date,
        flights.flight_status,
        flights.departure_delay_minutes,
        flights.arrival_delay_minutes,
        flights.is_on_time,
        weather.observed_at,
        weather.weather_condition,
        weather.visibility_miles,
        weather.wind_speed_mph,
        weather.precipitation_inches,
        flights.scheduled_departure_at
        < weather.observed_at + interval ({{ var('weather_valid_minutes') }}) minute as is_valid
    from flights
    left join weather
        on
            flights.origin_airport_code = weather.airport_code
            and flights.scheduled_departure_at >= weather.observed_at

),

latest_observation_per_flight as (

    select *
    from observations_so_far
    qualify
        row_number() over (
            partition by flight_id
            order by observed_at desc
        ) = 1

),

valid_observations as (

    select
        flight_id,
        origin_airport_code,
        flight_date,
        flight_status,
        departure_delay_minutes,
        arrival_delay_minutes,
        is_on_time,
        case when is_valid then observed_at end as observed_at,
        case when is_valid then weather_condition end as weather_condition,
        case when is_valid then visibility_miles end as visibility_miles,
        case when is_valid then wind_speed_mph end as wind_speed_mph,
        case when is_valid then precipitation_inches end as precipitation_inches
    from latest_observation_per_flight

)

select * from valid_observations
