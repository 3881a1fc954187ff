with

source as (

    select * from {{ source('operations', 'arrivals') }}

),

latest_message_per_flight as (

    select *
    from source
    qualify
        row_number() over (
            partition by flight_id
            order by recorded_at desc, arrival_id desc, updated_at desc
        ) = 1

),

renamed as (

    select
        flight_id,
        arrival_id,
        air_time_minutes,
        {{ parse_local_time('arrived_at') }} as arrived_local,
        recorded_at at time zone 'UTC' as arrival_recorded_at,
        updated_at at time zone 'UTC' as arrival_updated_at
    from latest_message_per_flight

)

select * from renamed
