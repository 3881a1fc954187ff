-- A shelf cannot hold less than nothing, unless a movement is still on a scanner without network.
select
    warehouse_code,
    sku,
    ledger_date
from {{ ref('stock_ledger_days') }}
where closing_balance < -20
