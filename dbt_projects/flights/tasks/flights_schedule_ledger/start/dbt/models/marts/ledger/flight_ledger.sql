with

flights as (

    select * from {{ ref('int_flights_carriers_resolved') }}

),

entries as (

    select
        flight_id,
        airline_id,
        carrier_code,
        flight_number,
        origin_airport_code,
        destination_airport_code,
        tail_number,
        flight_status as ledger_status,
        departure_delay_minutes,
        arrival_delay_minutes,
        flight_date,
        scheduled_departure_at
    from flights

)

select * from entries
