{{
    config(
        materialized='incremental',
        unique_key='flight_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        post_hook="{{ delete_vanished_rows(ref('int_flights_carriers_resolved'), 'flight_id') }}"
    )
}}

with

flights as (

    select * from {{ ref('int_flights_carriers_resolved') }}
    {% if is_incremental() %}
        where
            source_updated_at >= (select max(known.source_updated_at) from {{ this }} as known)
            or flight_id in (
                select known.flight_id from {{ this }} as known
                where known.flight_status not in ('arrived', 'diverted')
            )
    {% endif %}

),

selected as (

    select
        flight_id,
        airline_id,
        carrier_code,
        flight_number,
        tail_number,
        origin_airport_code,
        destination_airport_code,
        flight_status,
        distance_miles,
        scheduled_block_minutes,
        actual_block_minutes,
        air_time_minutes,
        departure_delay_minutes,
        is_on_time,
        flight_date,
        scheduled_departure_at,
        departed_at,
        scheduled_arrival_at,
        arrived_at,
        source_updated_at
    from flights

)

select * from selected
