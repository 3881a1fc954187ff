with

orders as (

    select
        *,
        order_date >= cast('{{ var("paid_touch_since") }}' as date) as is_paid_touch_first
    from {{ ref('stg_marketplace__orders') }}

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
        sessions.channel in ('paid_search', 'paid_social', 'affiliate') as is_paid_channel,
        orders.is_paid_touch_first,
        sessions.started_at
    from orders
    inner join sessions on orders.customer_id = sessions.customer_id
    where
        orders.channel = 'web'
        and sessions.channel <> 'direct'
        and sessions.started_at <= orders.placed_at
        and sessions.started_at > orders.placed_at - to_days(
            case
                when orders.is_paid_touch_first then {{ var('paid_touch_days') }}
                else {{ var('attribution_days') }}
            end
        )

)

select * from touches
