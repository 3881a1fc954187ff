with

flights as (

    select * from {{ ref('int_flights_timed') }}

),

weather as (

    select * from {{ ref('int_weather_by_hour') }}

),

busiest_hours as (

    select
        origin_airport_code as airport_code,
        flight_date,
        hour(scheduled_departure_local) as busiest_hour,
        count(*) as n_flights_in_busiest_hour
    from flights
    group by origin_airport_code, flight_date, hour(scheduled_departure_local)
    qualify
        row_number() over (
            partition by origin_airport_code, flight_date
            order by count(*) desc, hour(scheduled_departure_local) asc
        ) = 1

),

daily_flights as (

    select
        origin_airport_code as airport_code,
        flight_date,
        count(*) as n_scheduled,
        count(*) filter (where departed_at is not null) as n_departed,
        count(*) filter (where flight_status = 'not_departed') as n_not_departed,
        count(*) filter (where flight_status = 'diverted') as n_diverted,
        count(*) filter (where departure_delay_minutes >= {{ var('on_time_minutes') }}) as n_departed_late,
        count(distinct destination_airport_code) as n_destinations,
        avg(departure_delay_minutes) as avg_departure_delay_minutes,
        min(departed_local) as first_departed_local,
        max(departed_local) as last_departed_local
    from flights
    group by origin_airport_code, flight_date

),

daily_weather as (

    select
        airport_code,
        observed_date,
        count(*) as n_observations,
        max(wind_speed_mph) as max_wind_speed_mph,
        cast(sum(cast(precipitation_inches as decimal(9, 2))) as double) as precipitation_inches,
        count(*) filter (where weather_condition in ('low_visibility', 'snow')) as n_severe_hours
    from weather
    group by airport_code, observed_date

),

joined as (

    select
        daily_flights.airport_code,
        daily_flights.n_scheduled,
        daily_flights.n_departed,
        daily_flights.n_not_departed,
        daily_flights.n_diverted,
        daily_flights.n_departed_late,
        daily_flights.n_departed_late / nullif(daily_flights.n_departed, 0) as departed_late_share,
        daily_flights.avg_departure_delay_minutes,
        daily_flights.n_destinations,
        busiest_hours.busiest_hour,
        busiest_hours.n_flights_in_busiest_hour,
        coalesce(daily_weather.n_observations, 0) as n_observations,
        coalesce(daily_weather.n_severe_hours, 0) as n_severe_hours,
        daily_weather.max_wind_speed_mph,
        daily_weather.precipitation_inches,
        daily_flights.flight_date,
        daily_flights.first_departed_local,
        daily_flights.last_departed_local
    from daily_flights
    left join busiest_hours
        on
            daily_flights.airport_code = busiest_hours.airport_code
            and daily_flights.flight_date = busiest_hours.flight_date
    left join daily_weather
        on
            daily_flights.airport_code = daily_weather.airport_code
            and daily_flights.flight_date = daily_weather.observed_date

)

select * from joined
