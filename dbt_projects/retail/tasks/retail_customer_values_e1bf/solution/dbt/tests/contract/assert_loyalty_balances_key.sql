select "account_id" from {{ ref('loyalty_balances') }}
group by "account_id"
having count(*) > 1 or min("account_id") is null
