-- Every day with a paid order has a row, and its departments' orders fit those of the day.
with

paid as (

    select
        order_date,
        count(*) as n_paid
    from {{ ref('orders') }}
    where is_paid
    group by order_date

),

revenue as (

    select
        order_date,
        sum(n_orders) as n_orders,
        min(n_orders) as fewest,
        max(n_orders) as most
    from {{ ref('category_revenue_days') }}
    group by order_date

)

select paid.order_date
from paid
left join revenue on paid.order_date = revenue.order_date
where coalesce(revenue.n_orders < paid.n_paid or revenue.most > paid.n_paid or revenue.fewest < 1, true)
