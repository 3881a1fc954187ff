select * from {{ ref('stock_count_differences') }}
where "difference" is distinct from (counted_quantity - expected_quantity)
