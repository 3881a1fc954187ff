with

legs as (

    select * from {{ ref('int_legs_sequenced') }}

),

consecutive_legs as (

    select
        outbound.flight_id,
        inbound.flight_id as inbound_flight_id,
        outbound.chain_start_flight_id,
        outbound.airline_id,
        outbound.tail_number,
        inbound.destination_airport_code as away_airport_code,
        inbound.origin_airport_code as inbound_origin_airport_code,
        outbound.origin_airport_code as outbound_origin_airport_code,
        outbound.flight_date,
        inbound.arrived_at as inbound_arrived_at,
        outbound.departed_at as outbound_departed_at,
        inbound.arrival_delay_minutes as inbound_arrival_delay_minutes,
        outbound.departure_delay_minutes as outbound_departure_delay_minutes,
        inbound.scheduled_block_minutes as return_block_minutes,
        outbound.scheduled_pause_minutes,
        date_diff('minute', inbound.arrived_at, outbound.departed_at) as actual_pause_minutes
    from legs as outbound
    inner join legs as inbound
        on
            outbound.tail_number = inbound.tail_number
            and outbound.chain_number = inbound.chain_number
            and outbound.leg_number = inbound.leg_number + 1

),

with_ground_time as (

    select
        *,
        scheduled_pause_minutes - return_block_minutes as scheduled_ground_minutes,
        actual_pause_minutes - return_block_minutes as actual_ground_minutes,
        scheduled_pause_minutes - return_block_minutes - {{ var('minimum_ground_minutes') }} as slack_minutes
    from consecutive_legs

)

select * from with_ground_time
