-- The check says what the difference says.
select till_day_id
from {{ ref('till_reconciliations') }}
where
    till_check is null
    or till_check not in ('not_closed', 'short', 'over', 'right')
    or (till_check = 'not_closed') <> (counted_cents is null)
    or (till_check <> 'not_closed' and difference_cents < 0 and till_check <> 'short')
    or (till_check <> 'not_closed' and difference_cents > 0 and till_check <> 'over')
    or (till_check <> 'not_closed' and difference_cents = 0 and till_check <> 'right')
