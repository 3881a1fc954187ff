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

aggregated_groups as (

    select distinct
        store_id,
        shift_date
    from timed

),

n_shifts_of_aggregated as (

    select
        store_id,
        shift_date,
        count(*) as n_shifts
    from timed
    group by store_id, shift_date

),

n_open_shifts_of_aggregated as (

    select
        store_id,
        shift_date,
        count(*) filter (where is_open) as n_open_shifts
    from timed
    group by store_id, shift_date

),

worked_minutes_of_aggregated as (

    select
        store_id,
        shift_date,
        cast(sum(worked_minutes) as bigint) as worked_minutes
    from timed
    group by store_id, shift_date

),

aggregated as (

    select
        aggregated_groups.store_id,
        aggregated_groups.shift_date,
        n_shifts_of_aggregated.n_shifts,
        n_open_shifts_of_aggregated.n_open_shifts,
        worked_minutes_of_aggregated.worked_minutes
    from aggregated_groups
    left join n_shifts_of_aggregated
        on
            aggregated_groups.store_id = n_shifts_of_aggregated.store_id
            and aggregated_groups.shift_date = n_shifts_of_aggregated.shift_date
    left join n_open_shifts_of_aggregated
        on
            aggregated_groups.store_id = n_open_shifts_of_aggregated.store_id
            and aggregated_groups.shift_date = n_open_shifts_of_aggregated.shift_date
    left join worked_minutes_of_aggregated
        on
            aggregated_groups.store_id = worked_minutes_of_aggregated.store_id
            and aggregated_groups.shift_date = worked_minutes_of_aggregated.shift_date

)

select * from aggregated
