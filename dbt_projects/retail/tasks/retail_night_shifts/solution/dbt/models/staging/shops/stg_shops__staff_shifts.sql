with

source as (

    select * from {{ source('shops', 'staff_shifts') }}

),

renamed as (

    select
        shift_id,
        store_sk as store_id,
        employee_number,
        role,
        {{ to_utc('started_at') }} as started_at,
        {{ to_utc('ended_at') }} as ended_at,
        break_minutes
    from source

)

select * from renamed
