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
        cast(date_trunc('week', min(orders.order_date) over (partition by orders.customer_id)) as date) as cohort_week,
        first_value(orders.ship_to_country) over first_to_last as country_code,
        first_value(orders.voucher_code is not null) over first_to_last as has_voucher
    from orders
    inner join lines on orders.order_id = lines.order_id
    window first_to_last as (
        partition by orders.customer_id
        order by orders.placed_at, orders.order_id
    )

),

cohorts as (

    select
        cohort_week,
        country_code,
        count(distinct customer_id) as n_customers,
        count(distinct customer_id) filter (where has_voucher) as n_voucher_customers
    from customer_weeks
    group by cohort_week, country_code

),

-- A week in which nobody of a cohort orders is a row, too.
weeks as (

    select
        cohorts.cohort_week,
        cohorts.country_code,
        cohorts.n_customers,
        cohorts.n_voucher_customers,
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
        country_code,
        order_week,
        count(distinct customer_id) as n_active_customers,
        count(*) as n_orders,
        cast(sum(net_revenue_eur_cents) as bigint) as net_revenue_eur_cents
    from customer_weeks
    group by cohort_week, country_code, order_week

),

joined as (

    select
        weeks.cohort_week,
        weeks.country_code,
        date_diff('day', weeks.cohort_week, weeks.order_week) // 7 as week_number,
        weeks.n_customers,
        weeks.n_voucher_customers,
        coalesce(activity.n_active_customers, 0) as n_active_customers,
        coalesce(activity.n_orders, 0) as n_orders,
        coalesce(activity.net_revenue_eur_cents, 0) as net_revenue_eur_cents,
        cast(
            sum(coalesce(activity.net_revenue_eur_cents, 0)) over (
                partition by weeks.cohort_week, weeks.country_code
                order by weeks.order_week
            ) as bigint
        ) as cumulative_revenue_eur_cents,
        coalesce(activity.n_active_customers, 0) / weeks.n_customers as retention_share
    from weeks
    left join activity
        on
            weeks.cohort_week = activity.cohort_week
            and weeks.country_code = activity.country_code
            and weeks.order_week = activity.order_week

)

select * from joined
