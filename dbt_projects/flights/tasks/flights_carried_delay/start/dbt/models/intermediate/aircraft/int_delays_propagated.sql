{{ config(materialized='table') }}

with

legs as (

    select * from {{ ref('int_legs_sequenced') }}

),

turnarounds as (

    select * from {{ ref('int_turnarounds_computed') }}

),

legs_with_inbound as (

    select
        legs.flight_id,
        legs.chain_start_flight_id,
        legs.airline_id,
        legs.airline_name,
        legs.tail_number,
        legs.chain_position,
        legs.flight_date,
        legs.arrival_delay_minutes,
        turnarounds.inbound_flight_id,
        turnarounds.inbound_arrival_delay_minutes,
        turnarounds.slack_minutes,
        greatest(legs.departure_delay_minutes, 0) as late_departure_minutes,
        greatest(
            coalesce(turnarounds.inbound_arrival_delay_minutes, 0), 0
        ) as arriving_excess_minutes
    from legs
    left join turnarounds on legs.flight_id = turnarounds.flight_id

),

split_delay as (

    select
        *,
        least(arriving_excess_minutes, late_departure_minutes) as carried_delay_minutes,
        late_departure_minutes - least(arriving_excess_minutes, late_departure_minutes) as new_delay_minutes
    from legs_with_inbound

)

select * from split_delay
