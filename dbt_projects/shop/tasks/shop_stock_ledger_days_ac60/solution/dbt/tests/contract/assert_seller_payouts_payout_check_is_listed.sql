select * from {{ ref('seller_payouts') }}
where "payout_check" not in ('open', 'right', 'too_little', 'too_much')
