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

daily_sums as (

    select
        warehouse_code,
        sku,
        movement_date,
        sum(quantity_change) filter (where movement_kind in ('opening', 'receipt')) as received,
        -sum(quantity_change) filter (where movement_kind = 'pick') as picked,
        sum(quantity_change) filter (where movement_kind = 'return') as returned,
        sum(quantity_change) filter (where movement_kind in ('transfer_in', 'transfer_out')) as transferred,
        sum(quantity_change) filter (where movement_kind in ('found', 'lost', 'write_off')) as adjusted,
        sum(quantity_change) as quantity_change
    from movements
    group by warehouse_code, sku, movement_date

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
