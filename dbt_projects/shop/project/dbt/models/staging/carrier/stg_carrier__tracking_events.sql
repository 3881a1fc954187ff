with

source as (

    select * from {{ source('carrier', 'tracking_events') }}

),

first_record_of_an_event as (

    select *
    from source
    qualify
        row_number() over (
            partition by shipment_id, code, cast(occurred_at as timestamptz)
            order by cast(recorded_at as timestamptz), event_id
        ) = 1

),

renamed as (

    select
        event_id,
        shipment_id,
        code as event_code,
        depot,
        {{ to_utc('occurred_at') }} as occurred_at,
        {{ to_utc('recorded_at') }} as recorded_at
    from first_record_of_an_event

)

select * from renamed
