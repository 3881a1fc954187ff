with

lines as (

    select * from {{ ref('int_order_lines_converted') }}

),

departments as (

    select distinct
        department_id,
        department_name
    from {{ ref('int_categories_rooted') }}

),

aggregated as (

    select
        department_id,
        count(distinct order_id) as n_orders,
        cast(sum(quantity) as bigint) as n_units,
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
        departments.department_name,
        aggregated.n_orders,
        aggregated.n_units,
        aggregated.revenue_eur_cents,
        aggregated.refunded_eur_cents,
        aggregated.revenue_eur_cents - aggregated.refunded_eur_cents as net_revenue_eur_cents,
        aggregated.revenue_usd_cents,
        aggregated.refunded_usd_cents,
        aggregated.revenue_usd_cents - aggregated.refunded_usd_cents as net_revenue_usd_cents,
        aggregated.order_date
    from aggregated
    left join departments on aggregated.department_id = departments.department_id

)

select * from with_net
