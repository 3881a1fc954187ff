-- Owed is sold less commission, and commissions are from 10 to 25 percent, give or take a cent a line.
select
    seller_id,
    week_start
from {{ ref('seller_payouts') }}
where
    owed_cents is distinct from sold_cents - commission_cents
    or commission_cents < 0.10 * sold_cents - n_lines
    or commission_cents > 0.25 * sold_cents + n_lines
