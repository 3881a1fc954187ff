with per_customer as (
    select
        customers.customer_id,
        customers.city,
        count(distinct lines.order_id) as n_orders,
        coalesce(sum(lines.amount_cents), 0) as revenue_cents,
        max(lines.ordered_on) as last_ordered_on
    from {{ ref('stg_shop__customers') }} as customers
    left join {{ ref('int_order_lines_priced') }} as lines
        on customers.customer_id = lines.customer_id
    group by customers.customer_id, customers.city
)

select * from per_customer
