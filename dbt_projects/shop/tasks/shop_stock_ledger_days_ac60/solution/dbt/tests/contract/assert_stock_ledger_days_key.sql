select "warehouse_code", "sku", "ledger_date" from {{ ref('stock_ledger_days') }}
group by "warehouse_code", "sku", "ledger_date"
having count(*) > 1 or min("warehouse_code") is null or min("sku") is null or min("ledger_date") is null
