with

ledger as (

    select * from {{ ref('flight_ledger') }}

),

airlines as (

    select * from {{ ref('airlines') }}

),

counted as (

    select
        airline_id,
        count(*) as n_planned,
        count(*) filter (where ledger_status not in ('scheduled', 'withdrawn')) as n_due,
        count(*) filter (where ledger_status in ('arrived', 'departed', 'diverted')) as n_departed,
        count(*) filter (where ledger_status = 'cancelled') as n_cancelled,
        count(*) filter (where ledger_status = 'withdrawn') as n_withdrawn,
        count(*) filter (where arrival_delay_correction_minutes <> 0) as n_corrected,
        cast(coalesce(sum(abs(arrival_delay_correction_minutes)), 0) as bigint) as correction_minutes,
        max(abs(nullif(arrival_delay_correction_minutes, 0))) as worst_correction_minutes
    from ledger
    group by airline_id

),

joined as (

    select
        counted.airline_id,
        airlines.airline_name,
        counted.n_planned,
        counted.n_due,
        counted.n_departed,
        counted.n_cancelled,
        counted.n_withdrawn,
        counted.n_cancelled / nullif(counted.n_due, 0) as cancelled_share,
        counted.n_corrected,
        counted.correction_minutes,
        counted.worst_correction_minutes
    from counted
    left join airlines on counted.airline_id = airlines.airline_id

)

select * from joined
