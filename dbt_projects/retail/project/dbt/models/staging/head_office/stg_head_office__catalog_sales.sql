with

source as (

    select * from {{ source('head_office', 'catalog_sales') }}

),

renamed as (

    select
        order_number || '-' || line_number as catalog_sale_id,
        order_number,
        line_number,
        item_sk as item_id,
        customer_sk as customer_id,
        call_center_sk as call_center_id,
        catalog_page_sk as catalog_page_id,
        ship_mode_sk as ship_mode_id,
        warehouse_sk as warehouse_id,
        promo_sk as promotion_id,
        sold_date_sk as sold_date_id,
        sold_time_sk as sold_minute,
        ship_date_sk as ship_date_id,
        quantity,
        {{ cents('list_price') }} as list_price_cents,
        {{ cents('sales_price') }} as sales_price_cents,
        {{ cents('coupon_amt') }} as coupon_cents,
        {{ cents('ship_cost') }} as shipping_cents,
        {{ to_utc('updated_at') }} as sale_updated_at
    from source

)

select * from renamed
