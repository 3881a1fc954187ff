select * from {{ ref('loyalty_balances') }}
where "account_status" not in ('open', 'closed')
