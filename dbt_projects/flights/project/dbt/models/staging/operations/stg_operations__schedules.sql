with

source as (

    select * from {{ source('operations', 'schedules') }}

),

renamed as (

    select
        flight_id,
        carrier_code,
        origin as origin_airport_code,
        destination as destination_airport_code,
        {{ clean_tail_number('tail_number') }} as planned_tail_number,
        flight_number,
        distance_miles,
        cast(scheduled_departure_local as date) as flight_date,
        scheduled_departure_local,
        scheduled_arrival_local,
        updated_at at time zone 'UTC' as schedule_updated_at
    from source

)

select * from renamed
