select * from {{ ref('inventory_cover') }}
where "demand_units" is null or "on_order_units" is null or "cover_state" is null
