with

source as (

    select * from {{ source('billing', 'payments') }}

),

renamed as (

    select
        payment_id,
        invoice_id,
        attempt_number,
        method as payment_method,
        status as payment_status,
        amount_cents,
        fee_cents,
        {{ to_utc('attempted_at') }} as attempted_at,
        {{ to_utc('updated_at') }} as payment_updated_at
    from source

)

select * from renamed
