with

orders as (

    select * from {{ ref('orders') }}
    where is_paid

),

lines as (

    select
        order_id,
        cast(sum(revenue_eur_cents - refunded_eur_cents) as bigint) as net_revenue_eur_cents
    from {{ ref('int_order_lines_converted') }}
    group by order_id

),

first_orders as (

    select
        customer_id,
        ship_to_country as country_code,
        voucher_code is not null as has_voucher,
        cast(date_trunc('week', order_date) as date) as cohort_week
    from orders
    qualify
        row_number() over (
            partition by customer_id
            order by placed_at, order_id
        ) = 1

),

cohorts as (

    select
        cohort_week,
        country_code,
        count(*) as n_customers,
        count(*) filter (where has_voucher) as n_voucher_customers
    from first_orders
    group by cohort_week, country_code

),

-- A week in which nobody of a cohort orders is a row, too.
weeks as (

    select
        *,
        cast(
            unnest(
                generate_series(
                    cohort_week,
                    date_trunc('week', {{ berlin_date(pinned_now()) }}),
                    interval 7 day
                )
            ) as date
        ) as order_week
    from cohorts

),

activity as (

    select
        first_orders.cohort_week,
        first_orders.country_code,
        cast(date_trunc('week', orders.order_date) as date) as order_week,
        count(distinct orders.customer_id) as n_active_customers,
        count(*) as n_orders,
        cast(sum(lines.net_revenue_eur_cents) as bigint) as net_revenue_eur_cents
    from orders
    inner join first_orders on orders.customer_id = first_orders.customer_id
    inner join lines on orders.order_id = lines.order_id
    group by first_orders.cohort_week, first_orders.country_code, cast(date_trunc('week', orders.order_date) as date)

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
            sum(activity.net_revenue_eur_cents) over (
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
