with

movements as (

    select * from {{ ref('int_stock_movements_signed') }}

),

shelves as (

    select
        warehouse_code,
        sku,
        min(movement_date) as first_date
    from movements
    group by warehouse_code, sku

),

shelf_days as (

    select
        warehouse_code,
        sku,
        cast(
            unnest(generate_series(first_date, {{ berlin_date(pinned_now()) }}, interval 1 day)) as date
        ) as ledger_date
    from shelves

),

movements_so_far as (

    select
        shelf_days.warehouse_code,
        shelf_days.sku,
        shelf_days.ledger_date,
        movements.movement_kind,
        movements.quantity_change,
        movements.movement_date = shelf_days.ledger_date as is_of_the_day
    from shelf_days
    left join movements
        on
            shelf_days.warehouse_code = movements.warehouse_code
            and shelf_days.sku = movements.sku
            and shelf_days.ledger_date >= movements.movement_date

),

added_up as (

    select
        warehouse_code,
        sku,
        sum(quantity_change) filter (
            where is_of_the_day and movement_kind in ('opening', 'receipt')
        ) as received,
        -sum(quantity_change) filter (where is_of_the_day and movement_kind = 'pick') as picked,
        sum(quantity_change) filter (where is_of_the_day and movement_kind = 'return') as returned,
        sum(quantity_change) filter (
            where is_of_the_day and movement_kind in ('transfer_in', 'transfer_out')
        ) as transferred,
        sum(quantity_change) filter (
            where is_of_the_day and movement_kind in ('found', 'lost', 'write_off')
        ) as adjusted,
        sum(quantity_change) as balance,
        ledger_date
    from movements_so_far
    group by warehouse_code, sku, ledger_date

),

renamed as (

    select
        warehouse_code,
        sku,
        cast(coalesce(received, 0) as bigint) as n_received,
        cast(coalesce(picked, 0) as bigint) as n_picked,
        cast(coalesce(returned, 0) as bigint) as n_returned,
        cast(coalesce(transferred, 0) as bigint) as n_transferred,
        cast(coalesce(adjusted, 0) as bigint) as n_adjusted,
        cast(balance as bigint) as closing_balance,
        ledger_date
    from added_up

)

select * from renamed
