with

flights as (

    select * from {{ ref('int_flights_timed') }}

),

weather as (

    select * from {{ ref('int_weather_by_hour') }}

),

matched as (

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
        weather.wind_speed_mph,
        weather.precipitation_inches
    from flights
    left join weather
        on
            flights.origin_airport_code = weather.airport_code
            and flights.scheduled_departure_at >= weather.observed_at
            and flights.scheduled_departure_at
            < weather.observed_at + interval ({{ var('weather_valid_minutes') }}) minute

),

latest_observation_per_flight as (

    select *
    from matched
    qualify
        row_number() over (
            partition by flight_id
            order by observed_at desc
        ) = 1

)

select * from latest_observation_per_flight
