with

source as (

    select * from {{ source('shops', 'store_sales') }}

),

renamed as (

    select
        ticket_number || '-' || line_number as store_sale_id,
        ticket_number,
        line_number,
        store_sk as store_id,
        item_sk as item_id,
        customer_sk as customer_id,
        till_number,
        sold_date_sk as sold_date_id,
        sold_time_sk as sold_minute,
        quantity,
        {{ cents('list_price') }} as list_price_cents,
        {{ cents('sales_price') }} as sales_price_cents,
        {{ cents('coupon_amt') }} as coupon_cents,
        {{ cents('tax_amt') }} as tax_cents,
        is_void,
        {{ to_utc('updated_at') }} as sale_updated_at
    from source

)

select * from renamed
