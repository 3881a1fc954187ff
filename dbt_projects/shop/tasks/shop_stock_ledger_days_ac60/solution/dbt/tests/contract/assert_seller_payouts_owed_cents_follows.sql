select * from {{ ref('seller_payouts') }}
where "owed_cents" is distinct from (sold_cents - commission_cents)
