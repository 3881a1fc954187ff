with

source as (

    select * from {{ source('clickstream', 'page_views') }}

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
        visitor_id,
        customer_id,
        event_type,
        page ->> '$.path' as page_path,
        page ->> '$.locale' as locale,
        referrer,
        lower(utm_source) as utm_source,
        utm_medium,
        utm_campaign,
        order_number,
        {{ to_utc('occurred_at') }} as occurred_at,
        {{ to_utc('received_at') }} as received_at
    from first_copy_of_an_event

)

select * from renamed
