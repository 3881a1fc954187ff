with

source as (

    select * from {{ source('billing', 'dunning_attempts') }}

),

renamed as (

    select
        attempt_id,
        invoice_id,
        attempt_number,
        channel,
        outcome,
        {{ to_utc('sent_at') }} as sent_at,
        {{ to_utc('updated_at') }} as dunning_updated_at
    from source

)

select * from renamed
