with

price_changes as (

    select * from {{ ref('stg_head_office__price_changes') }}

),

dated as (

    select
        change_id,
        item_id,
        list_price_cents,
        unit_cost_cents,
        valid_from,
        lead(valid_from) over (
            partition by item_id
            order by valid_from
        ) as valid_before,
        recorded_at
    from price_changes

)

select * from dated
