with

counts as (

    select * from {{ ref('stg_marketplace__stock_counts') }}

),

movements as (

    select * from {{ ref('int_stock_movements_signed') }}

),

expected as (

    select
        counts.count_id,
        counts.warehouse_code,
        counts.sku,
        counts.counted_quantity,
        cast(coalesce(sum(movements.quantity_change), 0) as bigint) as expected_quantity,
        counts.counted_at
    from counts
    left join movements
        on
            counts.warehouse_code = movements.warehouse_code
            and counts.sku = movements.sku
            and counts.counted_at > movements.moved_at
    group by counts.count_id, counts.warehouse_code, counts.sku, counts.counted_quantity, counts.counted_at

),

with_difference as (

    select
        count_id,
        warehouse_code,
        sku,
        counted_quantity,
        expected_quantity,
        counted_quantity - expected_quantity as difference,
        counted_at
    from expected

)

select * from with_difference
