with

source as (

    select * from {{ source('app', 'ledger_entries') }}

),

renamed as (

    select
        entry_id,
        invoice_number,
        ledger_account,
        amount_cents,
        booked_on,
        {{ to_utc('updated_at') }} as entry_updated_at
    from source

)

select * from renamed
