with

source as (

    select * from {{ source('product', 'usage_events') }}

),

first_copy_of_an_event as (

    select *
    from source
    qualify
        row_number() over (
            partition by event_id
            order by cast(received_at as timestamptz)
        ) = 1

),

renamed as (

    select
        event_id,
        workspace_id,
        user_id,
        feature_code,
        quantity,
        context ->> '$.client' as client,
        {{ to_utc('occurred_at') }} as occurred_at,
        {{ to_utc('received_at') }} as received_at
    from first_copy_of_an_event

)

select * from renamed
