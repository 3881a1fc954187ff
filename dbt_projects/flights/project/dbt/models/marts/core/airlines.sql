with

airlines as (

    select * from {{ ref('stg_reference__airlines') }}

),

flights as (

    select * from {{ ref('flights') }}

),

flown_per_airline as (

    select
        airline_id,
        count(*) as n_flights,
        count(distinct tail_number) as n_aircraft,
        count(distinct destination_airport_code) as n_destinations,
        min(flight_date) as first_flight_date,
        max(flight_date) as last_flight_date
    from flights
    where flight_status in ('arrived', 'departed', 'diverted')
    group by airline_id

),

joined as (

    select
        airlines.airline_id,
        airlines.carrier_code,
        airlines.airline_name,
        coalesce(flown_per_airline.n_flights, 0) as n_flights,
        coalesce(flown_per_airline.n_aircraft, 0) as n_aircraft,
        coalesce(flown_per_airline.n_destinations, 0) as n_destinations,
        airlines.valid_to is null as is_current,
        airlines.valid_from,
        airlines.valid_to,
        flown_per_airline.first_flight_date,
        flown_per_airline.last_flight_date
    from airlines
    left join flown_per_airline on airlines.airline_id = flown_per_airline.airline_id

)

select * from joined
