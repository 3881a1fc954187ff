select * from {{ ref('seller_payouts') }}
where "difference_cents" is distinct from (paid_out_cents - owed_cents)
