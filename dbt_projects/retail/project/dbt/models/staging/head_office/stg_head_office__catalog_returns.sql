with

source as (

    select * from {{ source('head_office', 'catalog_returns') }}

),

renamed as (

    select
        return_id as catalog_return_id,
        order_number,
        line_number,
        reason_sk as reason_id,
        returned_date_sk as returned_date_id,
        return_quantity,
        {{ cents('refund_amt') }} as refund_cents,
        {{ cents('fee_amt') }} as fee_cents,
        {{ to_utc('updated_at') }} as return_updated_at
    from source

)

select * from renamed
