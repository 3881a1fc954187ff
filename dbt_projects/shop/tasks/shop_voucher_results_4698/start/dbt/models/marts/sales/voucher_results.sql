with

vouchers as (

    select * from {{ ref('stg_marketplace__vouchers') }}

),

orders as (

    select * from {{ ref('orders') }}
    where is_paid

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

first_orders as (

    select
        customer_id,
        min_by(order_id, placed_at) as order_id
    from orders
    group by customer_id

),

converted as (

    select
        orders.voucher_code,
        {{ convert_cents('orders.discount_cents', 'rates.units_per_10000_eur', 10000) }} as discount_eur_cents,
        first_orders.order_id is not null as is_first_order
    from orders
    left join rates on orders.currency = rates.currency and orders.order_date = rates.rate_day
    left join first_orders on orders.order_id = first_orders.order_id

),

aggregated as (

    select
        voucher_code,
        count(*) as n_orders,
        count(*) filter (where is_first_order) as n_first_orders,
        cast(sum(discount_eur_cents) as bigint) as discount_eur_cents
    from converted
    group by voucher_code

),

joined as (

    select
        vouchers.voucher_code,
        vouchers.voucher_kind,
        vouchers.campaign,
        coalesce(aggregated.n_orders, 0) as n_orders,
        coalesce(aggregated.n_first_orders, 0) as n_first_orders,
        coalesce(aggregated.discount_eur_cents, 0) as discount_eur_cents,
        aggregated.n_first_orders / aggregated.n_orders as first_order_share,
        vouchers.valid_from,
        vouchers.valid_to
    from vouchers
    left join aggregated on vouchers.voucher_code = aggregated.voucher_code

)

select * from joined
