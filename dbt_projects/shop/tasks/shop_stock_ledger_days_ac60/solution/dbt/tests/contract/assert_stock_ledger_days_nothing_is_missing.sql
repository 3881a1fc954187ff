select * from {{ ref('stock_ledger_days') }}
where "n_received" is null or "n_picked" is null or "n_returned" is null or "n_transferred" is null or "n_adjusted" is null or "closing_balance" is null
