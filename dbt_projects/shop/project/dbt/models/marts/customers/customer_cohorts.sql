with

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select
        order_id,
        cast(sum(revenue_eur_cents - refunded_eur_cents) as bigint) as net_revenue_eur_cents
    from {{ ref('int_order_lines_converted') }}
    group by order_id

),

customer_weeks as (

    select
        orders.customer_id,
        orders.order_id,
        lines.net_revenue_eur_cents,
        cast(date_trunc('week', orders.order_date) as date) as order_week,
        cast(date_trunc('week', min(orders.order_date) over (partition by orders.customer_id)) as date) as cohort_week
    from orders
    inner join lines on orders.order_id = lines.order_id

),

cohorts as (

    select
        cohort_week,
        count(distinct customer_id) as n_customers
    from customer_weeks
    group by cohort_week

),

-- A week in which nobody of a cohort orders is a row, too.
weeks as (

    select
        cohorts.cohort_week,
        cohorts.n_customers,
        cast(
            unnest(
                generate_series(
                    cohorts.cohort_week,
                    date_trunc('week', {{ berlin_date(pinned_now()) }}),
                    interval 7 day
                )
            ) as date
        ) as order_week
    from cohorts

),

activity as (

    select
        cohort_week,
        order_week,
        count(distinct customer_id) as n_active_customers,
        count(*) as n_orders,
        cast(sum(net_revenue_eur_cents) as bigint) as net_revenue_eur_cents
    from customer_weeks
    group by cohort_week, order_week

),

joined as (

    select
        weeks.cohort_week,
        date_diff('day', weeks.cohort_week, weeks.order_week) // 7 as week_number,
        weeks.n_customers,
        coalesce(activity.n_active_customers, 0) as n_active_customers,
        coalesce(activity.n_orders, 0) as n_orders,
        coalesce(activity.net_revenue_eur_cents, 0) as net_revenue_eur_cents,
        cast(
            sum(coalesce(activity.net_revenue_eur_cents, 0)) over (
                partition by weeks.cohort_week
                order by weeks.order_week
            ) as bigint
        ) as cumulative_revenue_eur_cents,
        coalesce(activity.n_active_customers, 0) / weeks.n_customers as retention_share
    from weeks
    left join activity
        on
            weeks.cohort_week = activity.cohort_week
            and weeks.order_week = activity.order_week

)

select * from joined
