{{
    config(
        materialized='incremental',
        unique_key=['channel', 'activity_date'],
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

sessions as (

    select * from {{ ref('sessions') }}

),

attributions as (

    select * from {{ ref('int_orders_attributed') }}

),

lines as (

    select
        order_id,
        order_date,
        cast(sum(revenue_eur_cents - refunded_eur_cents) as bigint) as net_revenue_eur_cents
    from {{ ref('int_order_lines_converted') }}
    group by order_id, order_date

),

ad_costs as (

    select * from {{ ref('stg_clickstream__ad_costs') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

session_days as (

    select
        channel,
        session_date as activity_date,
        count(*) as n_sessions,
        0 as n_orders,
        0 as net_revenue_eur_cents,
        0 as ad_cost_eur_cents
    from sessions
    group by channel, session_date

),

order_days as (

    select
        attributions.attributed_channel as channel,
        lines.order_date as activity_date,
        0 as n_sessions,
        count(*) as n_orders,
        cast(sum(lines.net_revenue_eur_cents) as bigint) as net_revenue_eur_cents,
        0 as ad_cost_eur_cents
    from lines
    inner join attributions on lines.order_id = attributions.order_id
    group by attributions.attributed_channel, lines.order_date

),

cost_days as (

    select
        ad_costs.channel,
        ad_costs.cost_date as activity_date,
        0 as n_sessions,
        0 as n_orders,
        0 as net_revenue_eur_cents,
        cast(
            sum({{ convert_cents('ad_costs.cost_cents', 'rates.units_per_10000_eur', 10000) }}) as bigint
        ) as ad_cost_eur_cents
    from ad_costs
    inner join rates on ad_costs.currency = rates.currency and ad_costs.cost_date = rates.rate_day
    group by ad_costs.channel, ad_costs.cost_date

),

together as (

    select * from session_days
    union all
    select * from order_days
    union all
    select * from cost_days

),

summed as (

    select
        channel,
        cast(sum(n_sessions) as bigint) as n_sessions,
        cast(sum(n_orders) as bigint) as n_orders,
        cast(sum(net_revenue_eur_cents) as bigint) as net_revenue_eur_cents,
        cast(sum(ad_cost_eur_cents) as bigint) as ad_cost_eur_cents,
        activity_date
    from together
    group by channel, activity_date

),

with_ratio as (

    select
        channel,
        n_sessions,
        n_orders,
        net_revenue_eur_cents,
        ad_cost_eur_cents,
        net_revenue_eur_cents / nullif(ad_cost_eur_cents, 0) as revenue_per_ad_euro,
        activity_date
    from summed

),

new_rows as (

    select * from with_ratio
    {% if is_incremental() %}
        where activity_date >= (select max(known.activity_date) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
