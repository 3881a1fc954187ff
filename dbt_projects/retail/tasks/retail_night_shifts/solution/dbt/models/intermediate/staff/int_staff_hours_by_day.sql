with

shifts as (

    select * from {{ ref('stg_shops__staff_shifts') }}

),

stores as (

    select * from {{ ref('stg_shops__stores') }}

),

timed as (

    select
        shifts.store_id,
        date_diff('minute', shifts.started_at, shifts.ended_at) - shifts.break_minutes as worked_minutes,
        shifts.ended_at is null as is_open,
        {{ local_date('shifts.started_at', 'stores.time_zone') }} as shift_date
    from shifts
    inner join stores on shifts.store_id = stores.store_id

),

aggregated as (

    select
        store_id,
        shift_date,
        count(*) as n_shifts,
        count(*) filter (where is_open) as n_open_shifts,
        cast(sum(worked_minutes) as bigint) as worked_minutes
    from timed
    group by store_id, shift_date

)

select * from aggregated
