with

source as (

    select * from {{ source('marketplace', 'payouts') }}

),

renamed as (

    select
        payout_id,
        seller_id,
        status as payout_status,
        amount_cents,
        week_start,
        {{ to_utc('sent_at') }} as sent_at,
        {{ to_utc('updated_at') }} as payout_updated_at
    from source

)

select * from renamed
