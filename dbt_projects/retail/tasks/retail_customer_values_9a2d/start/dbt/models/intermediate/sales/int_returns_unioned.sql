with

shop_returns as (

    select * from {{ ref('stg_shops__store_returns') }}

),

catalog_returns as (

    select * from {{ ref('stg_head_office__catalog_returns') }}

),

web_returns as (

    select * from {{ ref('stg_head_office__web_returns') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

from_shops as (

    select
        'shop-' || shop_returns.store_return_id as return_key,
        'shop' as channel,
        shop_returns.ticket_number as document_number,
        shop_returns.line_number,
        shop_returns.item_id,
        shop_returns.customer_id,
        shop_returns.store_id,
        shop_returns.reason_id,
        shop_returns.return_quantity,
        shop_returns.refund_cents,
        dates.calendar_date as returned_on
    from shop_returns
    inner join dates on shop_returns.returned_date_id = dates.date_id

),

from_catalog as (

    select
        'catalog-' || catalog_returns.catalog_return_id as return_key,
        'catalog' as channel,
        catalog_returns.order_number as document_number,
        catalog_returns.line_number,
        null as item_id,
        null as customer_id,
        null as store_id,
        catalog_returns.reason_id,
        catalog_returns.return_quantity,
        catalog_returns.refund_cents - catalog_returns.fee_cents as refund_cents,
        dates.calendar_date as returned_on
    from catalog_returns
    inner join dates on catalog_returns.returned_date_id = dates.date_id

),

from_web as (

    select
        'web-' || web_return_id as return_key,
        'web' as channel,
        order_number as document_number,
        line_number,
        null as item_id,
        null as customer_id,
        null as store_id,
        reason_id,
        return_quantity,
        fee_cents - refund_cents as refund_cents,
        {{ local_date('returned_at', "'America/New_York'") }} as returned_on
    from web_returns
    where return_status = 'received'

),

unioned as (

    select * from from_shops
    union all
    select * from from_catalog
    union all
    select * from from_web

)

select * from unioned
