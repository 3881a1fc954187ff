with

source as (

    select * from {{ source('tills', 'till_journal') }}

),

first_copy_of_an_event as (

    select *
    from source
    qualify
        row_number() over (
            partition by event_id
            order by cast(sent_at as timestamptz)
        ) = 1

),

renamed as (

    select
        event_id,
        store_code,
        till_number,
        event as event_kind,
        lower(tender) as tender,
        amount_cents,
        ticket_number,
        {{ to_utc('occurred_at') }} as occurred_at,
        {{ to_utc('sent_at') }} as sent_at
    from first_copy_of_an_event

)

select * from renamed
