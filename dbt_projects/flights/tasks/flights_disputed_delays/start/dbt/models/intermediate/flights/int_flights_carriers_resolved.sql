with

flights as (

    select * from {{ ref('int_flights_timed') }}

),

airlines as (

    select * from {{ ref('stg_reference__airlines') }}

),

resolved as (

    select
        flights.*,
        airlines.airline_id,
        airlines.airline_name
    from flights
    left join airlines
        on
            flights.carrier_code = airlines.carrier_code
            and airlines.valid_to is null

)

select * from resolved
