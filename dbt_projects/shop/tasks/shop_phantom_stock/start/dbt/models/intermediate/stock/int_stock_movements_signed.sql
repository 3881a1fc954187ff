with

movements as (

    select * from {{ ref('stg_marketplace__stock_movements') }}

),

signed as (

    select
        movements.movement_id,
        movements.warehouse_code,
        movements.sku,
        movements.movement_kind,
        movements.reference,
        case
            when movements.movement_kind in ('opening', 'receipt', 'return', 'transfer_in', 'found')
                then movements.quantity
            else -movements.quantity
        end as quantity_change,
        cast(movements.moved_at as date) as movement_date,
        movements.moved_at,
        movements.recorded_at
    from movements

)

select * from signed
