select * from {{ ref('seller_payouts') }}
where "n_lines" < 0
