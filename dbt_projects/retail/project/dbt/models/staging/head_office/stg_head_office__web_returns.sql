with

source as (

    select * from {{ source('head_office', 'web_returns') }}

),

renamed as (

    select
        return_id as web_return_id,
        order_number,
        line_number,
        reason_sk as reason_id,
        status as return_status,
        return_quantity,
        {{ cents('refund_amt') }} as refund_cents,
        {{ cents('fee_amt') }} as fee_cents,
        {{ to_utc('returned_at') }} as returned_at,
        {{ to_utc('updated_at') }} as return_updated_at
    from source

)

select * from renamed
