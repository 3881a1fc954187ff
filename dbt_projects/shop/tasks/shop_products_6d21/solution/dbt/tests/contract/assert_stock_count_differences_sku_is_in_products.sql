select * from {{ ref('stock_count_differences') }}
where "sku" not in (select other."sku" from {{ ref('products') }} as other)
