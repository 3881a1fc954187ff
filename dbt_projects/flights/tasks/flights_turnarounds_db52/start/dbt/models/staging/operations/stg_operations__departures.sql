with

source as (

    select * from {{ source('operations', 'departures') }}

),

latest_message_per_flight as (

    select *
    from source
    qualify
        row_number() over (
            partition by flight_id
            order by recorded_at desc, departure_id asc, updated_at desc
        ) = 1

),

renamed as (

    select
        flight_id,
        departure_id,
        {{ clean_tail_number('tail_number') }} as flown_tail_number,
        {{ parse_local_time('departed_at') }} as departed_local,
        recorded_at at time zone 'UTC' as departure_recorded_at,
        updated_at at time zone 'UTC' as departure_updated_at
    from latest_message_per_flight

)

select * from renamed
