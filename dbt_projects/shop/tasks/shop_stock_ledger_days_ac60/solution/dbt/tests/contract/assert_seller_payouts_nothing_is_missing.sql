select * from {{ ref('seller_payouts') }}
where "seller_name" is null or "n_lines" is null or "sold_cents" is null or "commission_cents" is null or "owed_cents" is null or "payout_check" is null
