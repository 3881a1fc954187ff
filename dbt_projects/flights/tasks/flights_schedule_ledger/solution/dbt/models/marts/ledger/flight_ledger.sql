{{
    config(
        materialized='incremental',
        unique_key='flight_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

flights as (

    select * from {{ ref('int_flights_carriers_resolved') }}

),

known as (

    {% if is_incremental() %}
        select * from {{ this }}
    {% else %}
        select
            flight_id,
            tail_number as first_tail_number,
            arrival_delay_minutes as first_arrival_delay_minutes,
            0 as n_retimings,
            cast({{ pinned_now() }} as date) as first_seen_on,
            scheduled_departure_at,
            scheduled_departure_at as first_scheduled_departure_at
        from flights
        where false
    {% endif %}

),

planned as (

    select
        flights.flight_id,
        flights.airline_id,
        flights.carrier_code,
        flights.flight_number,
        flights.origin_airport_code,
        flights.destination_airport_code,
        flights.tail_number,
        coalesce(known.first_tail_number, flights.tail_number) as first_tail_number,
        flights.flight_status as ledger_status,
        flights.departure_delay_minutes,
        flights.arrival_delay_minutes,
        coalesce(known.first_arrival_delay_minutes, flights.arrival_delay_minutes) as first_arrival_delay_minutes,
        flights.arrival_delay_minutes
        - coalesce(known.first_arrival_delay_minutes, flights.arrival_delay_minutes)
            as arrival_delay_correction_minutes,
        coalesce(known.n_retimings, 0)
        + coalesce(cast(known.scheduled_departure_at <> flights.scheduled_departure_at as integer), 0) as n_retimings,
        flights.flight_date,
        coalesce(known.first_seen_on, cast({{ pinned_now() }} as date)) as first_seen_on,
        cast(null as date) as removed_on,
        flights.scheduled_departure_at,
        coalesce(known.first_scheduled_departure_at, flights.scheduled_departure_at) as first_scheduled_departure_at
    from flights
    left join known on flights.flight_id = known.flight_id

),

entries as (

    select * from planned
    {% if is_incremental() %}
        union all
        select
            known.* replace (
                case
                    when coalesce(known.removed_on, cast({{ pinned_now() }} as date)) > known.flight_date then 'cancelled'
                    else 'withdrawn'
                end as ledger_status,
                coalesce(known.removed_on, cast({{ pinned_now() }} as date)) as removed_on
            )
        from known
        where known.flight_id not in (select flights.flight_id from flights)
    {% endif %}

),

-- Only what is new or has changed is written.
changed as (

    select * from entries
    {% if is_incremental() %}
        except
        select * from known
    {% endif %}

)

select * from changed
