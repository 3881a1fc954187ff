-- Each shelf has one row for each day from its first to today's.
select
    warehouse_code,
    sku
from {{ ref('stock_ledger_days') }}
group by warehouse_code, sku
having
    count(*) <> count(distinct ledger_date)
    or count(*) <> date_diff('day', min(ledger_date), {{ berlin_date(pinned_now()) }}) + 1
