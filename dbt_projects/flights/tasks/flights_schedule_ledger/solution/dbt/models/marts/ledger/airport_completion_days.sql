with

ledger as (

    select * from {{ ref('flight_ledger') }}

),

counted as (

    select
        origin_airport_code as airport_code,
        count(*) as n_planned,
        count(*) filter (where ledger_status not in ('scheduled', 'withdrawn')) as n_due,
        count(*) filter (where ledger_status in ('arrived', 'departed', 'diverted')) as n_departed,
        count(*) filter (where ledger_status = 'cancelled') as n_cancelled,
        count(*) filter (where ledger_status = 'withdrawn') as n_withdrawn,
        count(*) filter (where n_retimings > 0) as n_retimed,
        flight_date
    from ledger
    group by origin_airport_code, flight_date

),

with_share as (

    select
        airport_code,
        n_planned,
        n_due,
        n_departed,
        n_cancelled,
        n_withdrawn,
        n_retimed,
        n_departed / nullif(n_due, 0) as completion_share,
        flight_date
    from counted

)

select * from with_share
