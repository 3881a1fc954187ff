with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

order_lines as (

    select * from {{ ref('stg_marketplace__order_lines') }}

),

lines_with_gross as (

    select
        order_lines.order_line_id,
        order_lines.order_id,
        order_lines.line_number,
        orders.discount_cents as order_discount_cents,
        order_lines.quantity * order_lines.unit_price_cents as gross_cents,
        sum(order_lines.quantity * order_lines.unit_price_cents) over (
            partition by order_lines.order_id
        ) as order_gross_cents
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id

),

rounded_down as (

    select
        *,
        order_discount_cents * gross_cents // order_gross_cents as whole_cents,
        order_discount_cents * gross_cents % order_gross_cents as remainder
    from lines_with_gross

),

ranked as (

    select
        *,
        row_number() over (
            partition by order_id
            order by remainder desc, line_number asc
        ) as remainder_rank,
        order_discount_cents - sum(whole_cents) over (partition by order_id) as missing_cents
    from rounded_down

),

shared as (

    select
        order_line_id,
        order_id,
        cast(gross_cents as bigint) as gross_cents,
        cast(whole_cents + case when remainder_rank <= missing_cents then 1 else 0 end as bigint) as discount_cents
    from ranked

)

select * from shared
