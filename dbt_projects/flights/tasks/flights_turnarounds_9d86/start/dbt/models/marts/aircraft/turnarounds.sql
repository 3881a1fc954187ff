{{
    config(
        materialized='incremental',
        unique_key='flight_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

turnarounds as (

    select * from {{ ref('int_turnarounds_computed') }}

),

classified as (

    select
        flight_id,
        inbound_flight_id,
        airline_id,
        tail_number,
        away_airport_code,
        inbound_origin_airport_code as left_from_airport_code,
        outbound_origin_airport_code as back_at_airport_code,
        flight_date,
        scheduled_pause_minutes,
        actual_pause_minutes,
        return_block_minutes,
        scheduled_ground_minutes,
        actual_ground_minutes,
        slack_minutes,
        inbound_arrival_delay_minutes,
        outbound_departure_delay_minutes,
        inbound_arrival_delay_minutes - outbound_departure_delay_minutes as absorbed_delay_minutes,
        inbound_origin_airport_code <> outbound_origin_airport_code as is_airport_changed,
        scheduled_ground_minutes < {{ var('minimum_ground_minutes') }} as is_tight
    from turnarounds
    where inbound_arrived_at is not null

),

with_airline_median as (

    select
        *,
        scheduled_ground_minutes - quantile_disc(scheduled_ground_minutes, 0.5) over (
            partition by airline_id
        ) as ground_minutes_against_airline_median
    from classified

),

new_rows as (

    select * from with_airline_median
    {% if is_incremental() %}
        where flight_date >= (select max(known.flight_date) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
