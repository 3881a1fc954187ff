with

source as (

    select * from {{ source('marketplace', 'orders') }}

),

renamed as (

    select
        order_id,
        customer_id,
        order_number,
        channel,
        status as order_status,
        currency,
        upper(ship_to_country) as ship_to_country,
        voucher_code,
        discount_cents,
        shipping_cents,
        {{ berlin_date(to_utc('placed_at')) }} as order_date,
        {{ to_utc('placed_at') }} as placed_at,
        {{ to_utc('updated_at') }} as order_updated_at
    from source

)

select * from renamed
