{{
    config(
        materialized='incremental',
        unique_key='promotion_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

promotions as (

    select * from {{ ref('int_promotions_dated') }}

),

lines as (

    select * from {{ ref('sale_lines') }}

),

in_channels as (

    select
        promotions.promotion_id,
        lines.quantity,
        lines.net_cents,
        lines.sold_on >= promotions.starts_on as is_during
    from promotions
    inner join lines
        on
            promotions.item_id = lines.item_id
            and promotions.ends_on >= lines.sold_on
            and promotions.starts_on - {{ var('baseline_days') }} <= lines.sold_on
    where
        (lines.channel = 'shop' and promotions.is_in_shops)
        or (lines.channel = 'catalog' and promotions.is_in_catalog)
        or (lines.channel = 'web' and promotions.is_on_web)

),

aggregated as (

    select
        promotion_id,
        sum(quantity) filter (where is_during) as n_units,
        sum(net_cents) filter (where is_during) as net_cents,
        sum(quantity) filter (where not is_during) as n_baseline_units
    from in_channels
    group by promotion_id

),

joined as (

    select
        promotions.promotion_id,
        promotions.promotion_code,
        promotions.item_id,
        greatest(0, date_diff('day', promotions.starts_on, least(promotions.ends_on, {{ business_today() }})) + 1)
            as n_days_run,
        cast(coalesce(aggregated.n_units, 0) as bigint) as n_units,
        cast(coalesce(aggregated.net_cents, 0) as bigint) as net_cents,
        cast(coalesce(aggregated.n_baseline_units, 0) as bigint) as n_baseline_units,
        promotions.cost_cents,
        promotions.starts_on,
        promotions.ends_on
    from promotions
    left join aggregated on promotions.promotion_id = aggregated.promotion_id

),

with_lift as (

    select
        promotion_id,
        promotion_code,
        item_id,
        n_days_run,
        n_units,
        net_cents,
        n_baseline_units,
        case when n_days_run > 0 then n_units / n_days_run end as units_per_day,
        n_baseline_units / {{ var('baseline_days') }} as baseline_units_per_day,
        n_units * {{ var('baseline_days') }} / nullif(n_days_run * n_baseline_units, 0) as lift,
        cost_cents,
        starts_on,
        ends_on
    from joined

),

new_rows as (

    select * from with_lift
    {% if is_incremental() %}
        where starts_on > (select max(known.starts_on) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
