select * from {{ ref('seller_payouts') }}
where "payout_status" not in ('sent', 'settled')
