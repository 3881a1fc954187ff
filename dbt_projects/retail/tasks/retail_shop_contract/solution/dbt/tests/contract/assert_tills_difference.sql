-- Counted less what must be there.
select till_day_id
from {{ ref('till_reconciliations') }}
where difference_cents is distinct from counted_cents - (opened_cents + cash_in_cents - cash_out_cents)
