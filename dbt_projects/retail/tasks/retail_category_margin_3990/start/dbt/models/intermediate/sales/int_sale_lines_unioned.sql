with

shop_sales as (

    select * from {{ ref('stg_shops__store_sales') }}

),

catalog_sales as (

    select * from {{ ref('stg_head_office__catalog_sales') }}

),

web_sales as (

    select * from {{ ref('stg_head_office__web_sales') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

shop_lines as (

    select
        'shop' as channel,
        shop_sales.ticket_number as document_number,
        shop_sales.line_number,
        shop_sales.item_id,
        shop_sales.customer_id,
        shop_sales.store_id,
        null as warehouse_id,
        shop_sales.quantity,
        shop_sales.list_price_cents,
        shop_sales.sales_price_cents,
        shop_sales.coupon_cents,
        dates.calendar_date as sold_on,
        shop_sales.sale_updated_at
    from shop_sales
    inner join dates on shop_sales.sold_date_id = dates.date_id
    where not shop_sales.is_void

),

catalog_lines as (

    select
        'catalog' as channel,
        catalog_sales.order_number as document_number,
        catalog_sales.line_number,
        catalog_sales.item_id,
        catalog_sales.customer_id,
        null as store_id,
        catalog_sales.warehouse_id,
        catalog_sales.quantity,
        catalog_sales.list_price_cents,
        catalog_sales.sales_price_cents,
        catalog_sales.coupon_cents,
        dates.calendar_date as sold_on,
        catalog_sales.sale_updated_at
    from catalog_sales
    inner join dates on catalog_sales.sold_date_id = dates.date_id

),

web_lines as (

    select
        'web' as channel,
        order_number as document_number,
        line_number,
        item_id,
        customer_id,
        null as store_id,
        warehouse_id,
        quantity,
        list_price_cents,
        sales_price_cents,
        coupon_cents,
        {{ local_date('sold_at', "'America/New_York'") }} as sold_on,
        sale_updated_at
    from web_sales
    where sale_status <> 'cancelled'

),

unioned as (

    select * from shop_lines
    union all
    select * from catalog_lines
    union all
    select * from web_lines

),

with_amounts as (

    select
        channel || '-' || document_number || '-' || line_number as sale_line_id,
        channel,
        document_number,
        line_number,
        item_id,
        customer_id,
        store_id,
        warehouse_id,
        quantity,
        quantity * list_price_cents as gross_cents,
        quantity * (list_price_cents - sales_price_cents) + coupon_cents as discount_cents,
        quantity * sales_price_cents - coupon_cents as net_cents,
        sold_on,
        sale_updated_at
    from unioned

)

select * from with_amounts
