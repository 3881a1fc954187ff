with

source as (

    select * from {{ source('billing', 'invoice_lines') }}

),

renamed as (

    select
        invoice_line_id,
        invoice_id,
        line_number,
        kind as line_kind,
        price_id,
        quantity,
        amount_cents,
        period_start,
        period_end,
        {{ to_utc('created_at') }} as created_at
    from source

)

select * from renamed
