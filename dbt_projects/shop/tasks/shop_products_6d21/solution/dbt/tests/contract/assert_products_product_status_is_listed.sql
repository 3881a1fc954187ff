select * from {{ ref('products') }}
where "product_status" not in ('active', 'discontinued')
