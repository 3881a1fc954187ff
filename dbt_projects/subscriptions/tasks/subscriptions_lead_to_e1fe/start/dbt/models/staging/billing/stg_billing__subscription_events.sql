with

source as (

    select * from {{ source('billing', 'subscription_events') }}

),

first_record_of_an_event as (

    select *
    from source
    qualify
        row_number() over (
            partition by subscription_id
            order by recorded_at
        ) = 1

),

renamed as (

    select
        event_id,
        subscription_id,
        kind as event_kind,
        after ->> '$.price_id' as price_id,
        cast(after ->> '$.quantity' as bigint) as quantity,
        cast(after ->> '$.discount_percent' as bigint) as discount_percent,
        {{ to_utc('occurred_at') }} as occurred_at,
        {{ to_utc('recorded_at') }} as recorded_at
    from first_record_of_an_event

)

select * from renamed
