with

flights as (

    select * from {{ ref('flights') }}

),

airlines as (

    select * from {{ ref('airlines') }}

),

daily as (

    select
        airline_id,
        flight_date,
        count(*) as n_flights,
        count(*) filter (where flight_status in ('arrived', 'diverted')) as n_completed,
        count(*) filter (where flight_status = 'diverted') as n_diverted,
        count(*) filter (where is_on_time) as n_on_time
    from flights
    where flight_status not in ('scheduled', 'not_departed')
    group by airline_id, flight_date

),

with_rates as (

    select
        *,
        n_on_time / nullif(n_completed, 0) as on_time_share,
        sum(n_on_time) over last_seven_days / nullif(sum(n_completed) over last_seven_days, 0) as on_time_share_7_days
    from daily
    window last_seven_days as (
        partition by airline_id
        order by flight_date
        range between interval 6 days preceding and current row
    )

),

ranked as (

    select
        with_rates.airline_id,
        airlines.airline_name,
        with_rates.n_flights,
        with_rates.n_completed,
        with_rates.n_diverted,
        with_rates.n_on_time,
        with_rates.on_time_share,
        with_rates.on_time_share_7_days,
        rank() over (
            partition by with_rates.flight_date
            order by with_rates.on_time_share desc nulls last
        ) as on_time_rank,
        with_rates.flight_date
    from with_rates
    left join airlines on with_rates.airline_id = airlines.airline_id

)

select * from ranked
