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

daily_sums_groups as (

    select distinct
        warehouse_code,
        sku,
        movement_date
    from movements

),

received_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) filter (where movement_kind in ('opening', 'receipt')) as received
    from movements
    group by warehouse_code, sku, movement_date

),

picked_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        -sum(quantity_change) filter (where movement_kind = 'pick') as picked
    from movements
    group by warehouse_code, sku, movement_date

),

returned_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) filter (where movement_kind = 'return') as returned
    from movements
    group by warehouse_code, sku, movement_date

),

transferred_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) filter (where movement_kind in ('transfer_in', 'transfer_out')) as transferred
    from movements
    group by warehouse_code, sku, movement_date

),

adjusted_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) filter (where movement_kind in ('found', 'lost', 'write_off')) as adjusted
    from movements
    group by warehouse_code, sku, movement_date

),

quantity_change_of_daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) as quantity_change
    from movements
    group by warehouse_code, sku, movement_date

),

daily_sums as (

    select
        daily_sums_groups.warehouse_code,
        daily_sums_groups.sku,
        daily_sums_groups.movement_date,
        received_of_daily_sums.received,
        picked_of_daily_sums.picked,
        returned_of_daily_sums.returned,
        transferred_of_daily_sums.transferred,
        adjusted_of_daily_sums.adjusted,
        quantity_change_of_daily_sums.quantity_change
    from daily_sums_groups
    left join received_of_daily_sums
        on
            daily_sums_groups.warehouse_code = received_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = received_of_daily_sums.sku
            and daily_sums_groups.movement_date = received_of_daily_sums.movement_date
    left join picked_of_daily_sums
        on
            daily_sums_groups.warehouse_code = picked_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = picked_of_daily_sums.sku
            and daily_sums_groups.movement_date = picked_of_daily_sums.movement_date
    left join returned_of_daily_sums
        on
            daily_sums_groups.warehouse_code = returned_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = returned_of_daily_sums.sku
            and daily_sums_groups.movement_date = returned_of_daily_sums.movement_date
    left join transferred_of_daily_sums
        on
            daily_sums_groups.warehouse_code = transferred_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = transferred_of_daily_sums.sku
            and daily_sums_groups.movement_date = transferred_of_daily_sums.movement_date
    left join adjusted_of_daily_sums
        on
            daily_sums_groups.warehouse_code = adjusted_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = adjusted_of_daily_sums.sku
            and daily_sums_groups.movement_date = adjusted_of_daily_sums.movement_date
    left join quantity_change_of_daily_sums
        on
            daily_sums_groups.warehouse_code = quantity_change_of_daily_sums.warehouse_code
            and daily_sums_groups.sku = quantity_change_of_daily_sums.sku
            and daily_sums_groups.movement_date = quantity_change_of_daily_sums.movement_date

),

joined as (

    select
        shelf_days.warehouse_code,
        shelf_days.sku,
        cast(coalesce(daily_sums.received, 0) as bigint) as n_received,
        cast(coalesce(daily_sums.picked, 0) as bigint) as n_picked,
        cast(coalesce(daily_sums.returned, 0) as bigint) as n_returned,
        cast(coalesce(daily_sums.transferred, 0) as bigint) as n_transferred,
        cast(coalesce(daily_sums.adjusted, 0) as bigint) as n_adjusted,
        cast(
            sum(daily_sums.quantity_change) over (
                partition by shelf_days.warehouse_code, shelf_days.sku
                order by shelf_days.ledger_date
            ) as bigint
        ) as closing_balance,
        shelf_days.ledger_date
    from shelf_days
    left join daily_sums
        on
            shelf_days.warehouse_code = daily_sums.warehouse_code
            and shelf_days.sku = daily_sums.sku
            and shelf_days.ledger_date = daily_sums.movement_date

)

select * from joined
