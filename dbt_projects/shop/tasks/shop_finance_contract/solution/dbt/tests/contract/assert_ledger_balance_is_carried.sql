-- The balance is that of the day before and what happened on the day.
with

days as (

    select
        *,
        lag(closing_balance, 1, 0) over (
            partition by warehouse_code, sku
            order by ledger_date
        ) as opening_balance
    from {{ ref('stock_ledger_days') }}

)

select
    warehouse_code,
    sku,
    ledger_date
from days
where closing_balance <> opening_balance + n_received - n_picked + n_returned + n_transferred + n_adjusted
