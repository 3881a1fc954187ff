select "sku" from {{ ref('products') }}
group by "sku"
having count(*) > 1 or min("sku") is null
