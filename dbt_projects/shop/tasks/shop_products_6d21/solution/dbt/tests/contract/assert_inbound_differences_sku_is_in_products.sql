select * from {{ ref('inbound_differences') }}
where "sku" not in (select other."sku" from {{ ref('products') }} as other)
