with

sessions as (

    select * from {{ ref('int_sessions_built') }}

),

orders as (

    select * from {{ ref('orders') }}

),

joined as (

    select
        sessions.session_id,
        sessions.visitor_id,
        sessions.customer_id,
        sessions.channel,
        sessions.campaign,
        sessions.landing_path,
        sessions.locale,
        orders.order_id,
        sessions.n_events,
        sessions.n_product_views,
        sessions.duration_seconds,
        coalesce(orders.is_paid, false) as has_paid_order,
        sessions.session_date,
        sessions.started_at,
        sessions.ended_at
    from sessions
    left join orders on sessions.order_number = orders.order_number

)

select * from joined
