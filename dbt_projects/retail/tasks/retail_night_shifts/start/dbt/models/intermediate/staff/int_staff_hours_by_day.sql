with

shifts as (

    select * from {{ ref('stg_shops__staff_shifts') }}

),

timed as (

    select
        store_id,
        date_diff('minute', started_at, ended_at) - break_minutes as worked_minutes,
        ended_at is null as is_open,
        {{ local_date('started_at', "'America/New_York'") }} as shift_date
    from shifts

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
