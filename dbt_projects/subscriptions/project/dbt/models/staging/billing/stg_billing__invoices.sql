with

source as (

    select * from {{ source('billing', 'invoices') }}
    where deleted_at is null

),

renamed as (

    select
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        status as invoice_status,
        currency,
        {{ to_utc('issued_at') }} as issued_at,
        due_on,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as invoice_updated_at
    from source

)

select * from renamed
