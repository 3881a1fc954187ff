with

customers as (

    select * from {{ ref('stg_marketplace__customers') }}

),

lines as (

    select
        order_id,
        cast(sum(revenue_eur_cents - refunded_eur_cents) as bigint) as net_revenue_eur_cents
    from {{ ref('int_order_lines_converted') }}
    group by order_id

),

orders as (

    select * from {{ ref('orders') }}

),

order_figures as (

    select
        orders.customer_id,
        count(*) as n_orders,
        count(*) filter (where orders.channel = 'app') as n_app_orders,
        cast(sum(lines.net_revenue_eur_cents) as bigint) as net_revenue_eur_cents,
        min(orders.order_date) as first_order_date,
        max(orders.order_date) as last_order_date
    from orders
    inner join lines on orders.order_id = lines.order_id
    group by orders.customer_id

),

joined as (

    select
        customers.customer_id,
        customers.full_name,
        customers.email,
        customers.city,
        customers.postal_code,
        customers.country_code,
        coalesce(order_figures.n_orders, 0) as n_orders,
        coalesce(order_figures.n_app_orders, 0) as n_app_orders,
        coalesce(order_figures.net_revenue_eur_cents, 0) as net_revenue_eur_cents,
        customers.has_marketing_consent,
        {{ berlin_date('customers.signed_up_at') }} as signed_up_on,
        order_figures.first_order_date,
        order_figures.last_order_date
    from customers
    left join order_figures on customers.customer_id = order_figures.customer_id

)

select * from joined
