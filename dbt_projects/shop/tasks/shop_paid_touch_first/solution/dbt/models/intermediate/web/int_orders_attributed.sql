with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

touches as (

    select * from {{ ref('int_order_touches') }}

),

last_touches as (

    select *
    from touches
    qualify
        row_number() over (
            partition by order_id
            order by is_paid_touch_first and is_paid_channel desc, started_at desc, session_id desc
        ) = 1

),

counted as (

    select
        order_id,
        count(*) as n_touches
    from touches
    group by order_id

),

attributed as (

    select
        orders.order_id,
        last_touches.session_id,
        case
            when orders.channel = 'app' then 'app'
            else coalesce(last_touches.channel, 'direct')
        end as attributed_channel,
        last_touches.campaign as attributed_campaign,
        coalesce(counted.n_touches, 0) as n_touches,
        date_diff('minute', last_touches.started_at, orders.placed_at) as minutes_since_touch
    from orders
    left join last_touches on orders.order_id = last_touches.order_id
    left join counted on orders.order_id = counted.order_id

)

select * from attributed
