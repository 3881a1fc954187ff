with

flights as (

    select * from {{ ref('int_flights_carriers_resolved') }}

),

flown_legs as (

    select
        *,
        row_number() over aircraft_in_order as leg_number,
        date_diff(
            'minute', lag(scheduled_arrival_at) over aircraft_in_order, scheduled_departure_at
        ) as scheduled_pause_minutes
    from flights
    where tail_number is not null and departed_at is not null
    window aircraft_in_order as (
        partition by tail_number
        order by scheduled_departure_at, departed_at, flight_id
    )

),

chained as (

    select
        *,
        count(*) filter (
            where
            scheduled_pause_minutes is null
            or scheduled_pause_minutes not between 0 and {{ var('chain_break_hours') }} * 60
        ) over (
            partition by tail_number
            order by leg_number
            rows unbounded preceding
        ) as chain_number
    from flown_legs

),

positioned as (

    select
        *,
        row_number() over chain_in_order as chain_position,
        first_value(flight_id) over chain_in_order as chain_start_flight_id
    from chained
    window chain_in_order as (
        partition by tail_number, chain_number
        order by leg_number
    )

)

select * from positioned
