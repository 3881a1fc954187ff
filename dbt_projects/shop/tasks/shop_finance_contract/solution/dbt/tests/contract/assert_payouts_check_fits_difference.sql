-- The difference is paid out less owed, and the check says the same in words.
select
    seller_id,
    week_start
from {{ ref('seller_payouts') }}
where
    difference_cents is distinct from paid_out_cents - owed_cents
    or payout_check is distinct from case
        when paid_out_cents is null then 'open'
        when paid_out_cents = owed_cents then 'right'
        when paid_out_cents < owed_cents then 'too_little'
        else 'too_much'
    end
