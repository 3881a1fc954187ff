with

orders as (

    select * from {{ ref('orders') }}

),

entries as (

    select
        order_id,
        customer_id,
        order_number,
        channel,
        currency,
        order_status as journal_status,
        total_cents,
        refunded_cents,
        order_date,
        placed_at
    from orders

)

select * from entries
