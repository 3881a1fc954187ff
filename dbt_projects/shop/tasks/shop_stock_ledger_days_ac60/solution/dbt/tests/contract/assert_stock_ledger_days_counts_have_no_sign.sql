select * from {{ ref('stock_ledger_days') }}
where "n_received" < 0 or "n_picked" < 0 or "n_returned" < 0
