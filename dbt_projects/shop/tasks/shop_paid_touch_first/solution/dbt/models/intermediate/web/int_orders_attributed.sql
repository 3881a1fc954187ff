with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

touches as (

    select * from {{ ref('int_order_touches') }}

),

winners as (

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
        winners.session_id,
        case
            when orders.channel = 'app' then 'app'
            else coalesce(winners.channel, 'direct')
        end as attributed_channel,
        winners.campaign as attributed_campaign,
        coalesce(counted.n_touches, 0) as n_touches,
        date_diff('minute', winners.started_at, orders.placed_at) as minutes_since_touch
    from orders
    left join winners on orders.order_id = winners.order_id
    left join counted on orders.order_id = counted.order_id

)

select * from attributed
