with

flights as (

    select * from {{ ref('flights') }}

),

airports as (

    select * from {{ ref('stg_reference__airports') }}

),

flights_per_airline as (

    select
        origin_airport_code,
        destination_airport_code,
        airline_id,
        count(*) as n_flights,
        row_number() over (
            partition by origin_airport_code, destination_airport_code
            order by count(*) desc, airline_id asc
        ) as airline_rank
    from flights
    group by origin_airport_code, destination_airport_code, airline_id

),

competition as (

    select
        origin_airport_code,
        destination_airport_code,
        count(*) as n_airlines,
        max(airline_id) filter (where airline_rank = 1) as leading_airline_id,
        max(n_flights) / sum(n_flights) as leading_airline_share,
        sum(n_flights * n_flights) / (sum(n_flights) * sum(n_flights)) as concentration_index
    from flights_per_airline
    group by origin_airport_code, destination_airport_code

),

operations as (

    select
        origin_airport_code,
        destination_airport_code,
        max(distance_miles) as distance_miles,
        count(*) as n_flights,
        count(distinct flight_date) as n_days_flown,
        min(scheduled_block_minutes) as min_scheduled_block_minutes,
        avg(air_time_minutes) as avg_air_time_minutes,
        count(*) filter (where is_on_time)
        / nullif(count(*) filter (where flight_status in ('arrived', 'diverted')), 0) as on_time_share
    from flights
    group by origin_airport_code, destination_airport_code

),

joined as (

    select
        operations.origin_airport_code,
        operations.destination_airport_code,
        airports.city as destination_city,
        airports.country_code as destination_country_code,
        competition.leading_airline_id,
        operations.distance_miles,
        operations.n_flights,
        operations.n_days_flown,
        competition.n_airlines,
        competition.leading_airline_share,
        competition.concentration_index,
        operations.min_scheduled_block_minutes,
        operations.avg_air_time_minutes,
        operations.on_time_share,
        rank() over (
            partition by operations.origin_airport_code
            order by operations.n_flights desc
        ) as route_rank
    from operations
    inner join competition
        on
            operations.origin_airport_code = competition.origin_airport_code
            and operations.destination_airport_code = competition.destination_airport_code
    left join airports on operations.destination_airport_code = airports.airport_code

)

select * from joined
