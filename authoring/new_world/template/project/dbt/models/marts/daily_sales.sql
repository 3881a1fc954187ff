with daily as (
    select
        ordered_on,
        count(distinct order_id) as n_orders,
        sum(amount_cents) as revenue_cents
    from {{ ref('int_order_lines_priced') }}
    group by ordered_on
)

select * from daily
