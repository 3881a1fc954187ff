-- Each ticket has a piece; without one nothing was sold.
select
    store_id,
    business_date
from {{ ref('store_days') }}
where
    n_units < n_tickets
    or (n_tickets = 0 and (n_units <> 0 or net_cents <> 0))
    or least(n_tickets, n_units, net_cents, n_returns, refunded_cents, n_open_shifts, worked_minutes) < 0
    or (n_returns > 0) <> (refunded_cents > 0)
