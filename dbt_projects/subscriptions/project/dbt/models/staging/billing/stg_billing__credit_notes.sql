with

source as (

    select * from {{ source('billing', 'credit_notes') }}

),

renamed as (

    select
        credit_note_id,
        invoice_id,
        reason,
        status as credit_note_status,
        amount_cents,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as credit_note_updated_at
    from source

)

select * from renamed
