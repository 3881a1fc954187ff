select "item_id", "warehouse_id" from {{ ref('inventory_cover') }}
group by "item_id", "warehouse_id"
having count(*) > 1 or min("item_id") is null or min("warehouse_id") is null
