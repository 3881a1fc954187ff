{{ config(materialized='table') }}

with

flights as (

    select * from {{ ref('int_flights_joined') }}

),

airports as (

    select * from {{ ref('stg_reference__airports') }}

),

in_utc as (

    select
        flights.*,
        {{ to_utc('flights.scheduled_departure_local', 'origins.time_zone') }} as scheduled_departure_at,
        {{ to_utc('flights.scheduled_arrival_local', 'destinations.time_zone') }} as scheduled_arrival_at,
        {{ to_utc('flights.departed_local', 'origins.time_zone') }} as departed_at,
        {{ to_utc('flights.arrived_local', 'destinations.time_zone') }} as arrived_at
    from flights
    left join airports as origins on flights.origin_airport_code = origins.airport_code
    left join airports as destinations on flights.destination_airport_code = destinations.airport_code

),

with_delays as (

    select
        *,
        date_diff('minute', scheduled_departure_at, scheduled_arrival_at) as scheduled_block_minutes,
        date_diff('minute', departed_at, arrived_at) as actual_block_minutes,
        date_diff('minute', scheduled_departure_at, departed_at) as departure_delay_minutes,
        date_diff('minute', scheduled_arrival_at, arrived_at) as arrival_delay_minutes
    from in_utc

),

with_status as (

    select
        *,
        case
            when arrived_at is not null then 'arrived'
            when
                departed_at + interval ({{ var('diverted_after_hours') }}) hour < {{ pinned_now() }}
                then 'diverted'
            when departed_at is not null then 'departed'
            when scheduled_departure_at < {{ pinned_now() }} then 'not_departed'
            else 'scheduled'
        end as flight_status,
        arrival_delay_minutes < {{ var('on_time_minutes') }} as is_on_time
    from with_delays

)

select * from with_status
