select * from {{ ref('seller_payouts') }}
where "payout_check" is distinct from (CASE WHEN paid_out_cents IS NULL THEN 'open' WHEN paid_out_cents < owed_cents THEN 'too_little' WHEN paid_out_cents > owed_cents THEN 'too_much' ELSE 'right' END)
