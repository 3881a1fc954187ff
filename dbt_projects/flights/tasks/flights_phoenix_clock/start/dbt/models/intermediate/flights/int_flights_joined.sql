with

schedules as (

    select * from {{ ref('stg_operations__schedules') }}

),

departures as (

    select * from {{ ref('stg_operations__departures') }}

),

arrivals as (

    select * from {{ ref('stg_operations__arrivals') }}

),

joined as (

    select
        schedules.flight_id,
        schedules.carrier_code,
        schedules.origin_airport_code,
        schedules.destination_airport_code,
        coalesce(schedules.planned_tail_number, departures.flown_tail_number) as tail_number,
        schedules.flight_number,
        schedules.distance_miles,
        arrivals.air_time_minutes,
        schedules.flight_date,
        schedules.scheduled_departure_local,
        schedules.scheduled_arrival_local,
        departures.departed_local,
        arrivals.arrived_local,
        greatest(
            schedules.schedule_updated_at,
            departures.departure_updated_at,
            arrivals.arrival_updated_at
        ) as source_updated_at
    from schedules
    left join departures on schedules.flight_id = departures.flight_id
    left join arrivals on schedules.flight_id = arrivals.flight_id

)

select * from joined
