select * from {{ ref('loyalty_balances') }}
where "tier" not in ('bronze', 'silver', 'platinum')
