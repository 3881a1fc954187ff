select * from {{ ref('loyalty_balances') }}
where "liability_cents" is distinct from (CASE WHEN account_status = 'closed' THEN 0 WHEN tier = 'platinum' THEN 3 * GREATEST(0, balance_points) WHEN tier = 'silver' THEN 2 * GREATEST(0, balance_points) ELSE GREATEST(0, balance_points) END)
