with

source as (

    select * from {{ source('head_office', 'web_sales') }}

),

renamed as (

    select
        order_number || '-' || line_number as web_sale_id,
        order_number,
        line_number,
        item_sk as item_id,
        customer_sk as customer_id,
        web_site_sk as web_site_id,
        web_page_sk as web_page_id,
        ship_mode_sk as ship_mode_id,
        warehouse_sk as warehouse_id,
        promo_sk as promotion_id,
        status as sale_status,
        quantity,
        {{ cents('list_price') }} as list_price_cents,
        {{ cents('sales_price') }} as sales_price_cents,
        {{ cents('coupon_amt') }} as coupon_cents,
        {{ cents('ship_cost') }} as shipping_cents,
        {{ to_utc('sold_at') }} as sold_at,
        {{ to_utc('shipped_at') }} as shipped_at,
        {{ to_utc('updated_at') }} as sale_updated_at
    from source

)

select * from renamed
