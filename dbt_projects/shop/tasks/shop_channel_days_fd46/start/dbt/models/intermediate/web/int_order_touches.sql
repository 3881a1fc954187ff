with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

sessions as (

    select * from {{ ref('int_sessions_built') }}

),

touches as (

    select
        orders.order_id,
        sessions.session_id,
        sessions.channel,
        sessions.campaign,
        sessions.started_at
    from orders
    inner join sessions on orders.customer_id = sessions.customer_id
    where
        orders.channel = 'web'
        and sessions.channel <> 'direct'
        and sessions.started_at <= orders.placed_at
        and sessions.started_at >= orders.placed_at - interval {{ var('attribution_days') }} day

)

select * from touches
