with

flights as (

    select * from {{ ref('int_flights_weather_matched') }}

),

effects as (

    select
        origin_airport_code as airport_code,
        coalesce(weather_condition, 'unknown') as weather_condition,
        count(*) as n_departed,
        count(*) filter (where departure_delay_minutes >= {{ var('on_time_minutes') }}) as n_departed_late,
        count(*) filter (where is_on_time) as n_on_time,
        count(*) filter (where flight_status in ('arrived', 'diverted')) as n_completed,
        avg(departure_delay_minutes) as avg_departure_delay_minutes,
        quantile_disc(departure_delay_minutes, 0.5) as median_departure_delay_minutes
    from flights
    where flight_status not in ('scheduled', 'not_departed')
    group by origin_airport_code, coalesce(weather_condition, 'unknown')

),

fair_weather as (

    select
        airport_code,
        avg_departure_delay_minutes
    from effects
    where weather_condition = 'fair'

),

compared as (

    select
        effects.airport_code,
        effects.weather_condition,
        effects.n_departed,
        effects.n_departed_late,
        effects.n_on_time,
        effects.n_completed,
        effects.n_on_time / nullif(effects.n_completed, 0) as on_time_share,
        effects.avg_departure_delay_minutes,
        effects.median_departure_delay_minutes,
        effects.avg_departure_delay_minutes
        - fair_weather.avg_departure_delay_minutes as delay_against_fair_minutes
    from effects
    left join fair_weather on effects.airport_code = fair_weather.airport_code

)

select * from compared
