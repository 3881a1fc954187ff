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
        cast(coalesce(sum(movements.quantity_change), 0) as bigint) as expected_quantity
    from counts
    left join movements
        on
            counts.warehouse_code = movements.warehouse_code
            and counts.sku = movements.sku
            and counts.counted_at > movements.moved_at
    group by counts.count_id

),

joined as (

    select
        counts.count_id,
        counts.warehouse_code,
        counts.sku,
        counts.counted_quantity,
        expected.expected_quantity,
        counts.counted_quantity - expected.expected_quantity as difference,
        counts.counted_at
    from counts
    inner join expected on counts.count_id = expected.count_id

)

select * from joined
