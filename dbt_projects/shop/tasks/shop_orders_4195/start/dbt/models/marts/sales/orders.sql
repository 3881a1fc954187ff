{{
    config(
        materialized='incremental',
        unique_key='order_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        post_hook="{{ delete_vanished_rows(ref('stg_marketplace__orders'), 'order_id') }}"
    )
}}

with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

payments as (

    select * from {{ ref('int_payments_by_order') }}

),

lines as (

    select
        order_id,
        count(*) as n_lines,
        cast(sum(quantity) as bigint) as n_units,
        cast(sum(gross_cents) as bigint) as items_cents
    from {{ ref('int_order_lines_priced') }}
    group by order_id

),

refunds as (

    select
        order_id,
        cast(coalesce(sum(amount_cents) filter (where refund_status = 'approved'), 0) as bigint) as refunded_cents,
        count(*) filter (where refund_status = 'requested') as n_open_refunds,
        max(refund_updated_at) as refunds_updated_at
    from {{ ref('stg_marketplace__refunds') }}
    group by order_id

),

joined as (

    select
        orders.order_id,
        orders.customer_id,
        orders.order_number,
        orders.channel,
        orders.order_status,
        orders.currency,
        orders.ship_to_country,
        orders.voucher_code,
        payments.last_payment_method as payment_method,
        coalesce(payments.n_attempts, 0) as n_payment_attempts,
        lines.n_lines,
        lines.n_units,
        lines.items_cents,
        orders.discount_cents,
        orders.shipping_cents,
        lines.items_cents - orders.discount_cents + orders.shipping_cents as total_cents,
        coalesce(payments.captured_cents, 0) as captured_cents,
        coalesce(refunds.refunded_cents, 0) as refunded_cents,
        coalesce(refunds.n_open_refunds, 0) as n_open_refunds,
        coalesce(payments.is_paid, false) as is_paid,
        orders.order_date,
        orders.placed_at,
        payments.paid_at,
        greatest(orders.order_updated_at, payments.payments_updated_at, refunds.refunds_updated_at) as source_updated_at
    from orders
    inner join lines on orders.order_id = lines.order_id
    left join payments on orders.order_id = payments.order_id
    left join refunds on orders.order_id = refunds.order_id

),

changed as (

    select * from joined
    {% if is_incremental() %}
        where source_updated_at >= (select max(known.source_updated_at) from {{ this }} as known)
    {% endif %}

)

select * from changed
