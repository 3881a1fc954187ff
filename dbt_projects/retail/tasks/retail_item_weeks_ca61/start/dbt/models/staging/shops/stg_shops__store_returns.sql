with

source as (

    select * from {{ source('shops', 'store_returns') }}

),

renamed as (

    select
        return_id as store_return_id,
        store_sk as store_id,
        ticket_number,
        line_number,
        item_sk as item_id,
        customer_sk as customer_id,
        reason_sk as reason_id,
        returned_date_sk as returned_date_id,
        {{ cents('refund_amt') }} as refund_cents,
        {{ to_utc('updated_at') }} as return_updated_at
    from source

)

select * from renamed
