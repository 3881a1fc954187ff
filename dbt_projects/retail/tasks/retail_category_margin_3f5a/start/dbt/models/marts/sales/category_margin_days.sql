{{
    config(
        materialized='incremental',
        unique_key=['category', 'sold_on'],
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

lines as (

    select * from {{ ref('sale_lines') }}

),

aggregated as (

    select
        category,
        sold_on,
        count(*) as n_lines,
        count(promotion_id) as n_promotion_lines,
        cast(sum(quantity) as bigint) as n_units,
        cast(sum(gross_cents) as bigint) as gross_cents,
        cast(sum(discount_cents) as bigint) as discount_cents,
        cast(sum(net_cents) as bigint) as net_cents,
        cast(sum(cost_cents) as bigint) as cost_cents,
        cast(sum(margin_cents) as bigint) as margin_cents
    from lines
    group by category, sold_on

),

with_share as (

    select
        category,
        n_lines,
        n_promotion_lines,
        n_units,
        gross_cents,
        discount_cents,
        net_cents,
        cost_cents,
        margin_cents,
        margin_cents / net_cents as margin_share,
        sold_on
    from aggregated

),

new_rows as (

    select * from with_share
    {% if is_incremental() %}
        where sold_on > (select max(known.sold_on) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
