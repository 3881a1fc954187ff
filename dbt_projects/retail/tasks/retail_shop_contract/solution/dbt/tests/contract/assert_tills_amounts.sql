-- Cash is a part of all sales; nothing is negative; something was sent, and not later than now.
select till_day_id
from {{ ref('till_reconciliations') }}
where
    cash_in_cents > sales_cents
    or least(opened_cents, sales_cents, cash_in_cents, cash_out_cents, counted_cents) < 0
    or n_events < 1
    or last_sent_at is null
    or last_sent_at > {{ pinned_now() }}
