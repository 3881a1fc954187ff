select * from {{ ref('inbound_differences') }}
where "purchase_number" is null or "seller_id" is null or "seller_name" is null or "sku" is null or "warehouse_code" is null or "announced_quantity" is null or "n_pallets" is null or "received_quantity" is null or "difference" is null or "delivery_check" is null or "announced_on" is null
