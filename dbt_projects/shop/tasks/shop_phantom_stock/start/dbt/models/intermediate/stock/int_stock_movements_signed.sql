with

movements as (

    select * from {{ ref('stg_marketplace__stock_movements') }}

),

signed as (

    select
        movement_id,
        warehouse_code,
        sku,
        movement_kind,
        reference,
        case
            when movement_kind in ('opening', 'receipt', 'return', 'transfer_in', 'found') then quantity
            else -quantity
        end as quantity_change,
        cast(moved_at as date) as movement_date,
        moved_at,
        recorded_at
    from movements

)

select * from signed
