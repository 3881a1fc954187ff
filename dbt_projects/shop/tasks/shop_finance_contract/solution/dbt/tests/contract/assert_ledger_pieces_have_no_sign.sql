-- Received, picked and returned pieces are never negative.
select
    warehouse_code,
    sku,
    ledger_date
from {{ ref('stock_ledger_days') }}
where n_received < 0 or n_picked < 0 or n_returned < 0
