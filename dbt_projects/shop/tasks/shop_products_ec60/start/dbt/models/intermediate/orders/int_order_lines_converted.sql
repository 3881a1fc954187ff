with

lines as (

    select * from {{ ref('int_order_lines_priced') }}

),

refunds as (

    select * from {{ ref('int_refunds_by_line') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

products as (

    select * from {{ ref('stg_catalogue__products') }}

),

categories as (

    select * from {{ ref('int_categories_rooted') }}

),

with_rates as (

    select
        lines.*,
        coalesce(refunds.refunded_net_cents, 0) as refunded_net_cents,
        order_rates.units_per_10000_eur as order_rate,
        dollar_rates.units_per_10000_eur as dollar_rate
    from lines
    left join refunds on lines.order_line_id = refunds.order_line_id
    left join rates as order_rates
        on lines.currency = order_rates.currency and lines.order_date = order_rates.rate_day
    left join rates as dollar_rates
        on dollar_rates.currency = 'USD' and lines.order_date = dollar_rates.rate_day
    where lines.is_paid

),

converted as (

    select
        with_rates.order_line_id,
        with_rates.order_id,
        with_rates.customer_id,
        with_rates.seller_id,
        with_rates.sku,
        products.category_id,
        categories.department_id,
        with_rates.quantity,
        {{ convert_cents('with_rates.net_cents', 'with_rates.order_rate', 10000) }} as revenue_eur_cents,
        {{ convert_cents('with_rates.refunded_net_cents', 'with_rates.order_rate', 10000) }} as refunded_eur_cents,
        {{ convert_cents('with_rates.net_cents', 'with_rates.order_rate', 'with_rates.dollar_rate') }}
            as revenue_usd_cents,
        {{ convert_cents('with_rates.refunded_net_cents', 'with_rates.order_rate', 'with_rates.dollar_rate') }}
            as refunded_usd_cents,
        with_rates.order_date
    from with_rates
    left join products on with_rates.sku = products.sku
    left join categories on products.category_id = categories.category_id

)

select * from converted
