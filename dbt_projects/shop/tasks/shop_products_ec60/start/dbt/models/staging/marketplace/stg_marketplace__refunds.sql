with

source as (

    select * from {{ source('marketplace', 'refunds') }}

),

renamed as (

    select
        refund_id,
        order_id,
        order_line_id,
        reason as refund_reason,
        status as refund_status,
        currency,
        amount_cents,
        {{ to_utc('requested_at') }} as requested_at,
        {{ to_utc('decided_at') }} as decided_at,
        {{ to_utc('updated_at') }} as refund_updated_at
    from source

)

select * from renamed
