select * from {{ ref('stock_count_differences') }}
where "warehouse_code" is null or "sku" is null or "counted_quantity" is null or "expected_quantity" is null or "difference" is null or "counted_at" is null
