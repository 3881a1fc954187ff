with

lines as (

    select * from {{ ref('int_order_lines_converted') }}

),

aggregated as (

    select
        department_id,
        count(distinct order_id) as n_orders,
        cast(sum(quantity) as bigint) as n_units,
        cast(sum(quantity_returned) as bigint) as n_units_returned,
        cast(sum(revenue_eur_cents) as bigint) as revenue_eur_cents,
        cast(sum(refunded_eur_cents) as bigint) as refunded_eur_cents,
        cast(sum(revenue_usd_cents) as bigint) as revenue_usd_cents,
        cast(sum(refunded_usd_cents) as bigint) as refunded_usd_cents,
        order_date
    from lines
    group by department_id, order_date

),

with_net as (

    select
        aggregated.department_id,
        aggregated.n_orders,
        aggregated.n_units,
        aggregated.n_units_returned,
        aggregated.revenue_eur_cents,
        aggregated.refunded_eur_cents,
        aggregated.revenue_eur_cents - aggregated.refunded_eur_cents as net_revenue_eur_cents,
        aggregated.revenue_usd_cents,
        aggregated.refunded_usd_cents,
        aggregated.revenue_usd_cents - aggregated.refunded_usd_cents as net_revenue_usd_cents,
        aggregated.order_date
    from aggregated

)

select * from with_net
