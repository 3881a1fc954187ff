-- One row per airline and date with a departure, with the counts of the flights.
with

counted as (

    select
        airline_id,
        flight_date,
        count(*) as n_flights,
        count(*) filter (where flight_status in ('arrived', 'diverted')) as n_completed,
        count(*) filter (where is_on_time) as n_on_time
    from {{ ref('flights') }}
    where departed_at is not null
    group by airline_id, flight_date

)

(
    select * from counted
    except all
    select
        airline_id,
        flight_date,
        n_flights,
        n_completed,
        n_on_time
    from {{ ref('carrier_on_time_performance') }}
)
union all
(
    select
        airline_id,
        flight_date,
        n_flights,
        n_completed,
        n_on_time
    from {{ ref('carrier_on_time_performance') }}
    except all
    select * from counted
)
