select * from {{ ref('loyalty_balances') }}
where "customer_id" is null or "tier" is null or "account_status" is null or "n_bookings" is null or "earned_points" is null or "redeemed_points" is null or "expired_points" is null or "balance_points" is null or "lowest_points" is null or "liability_cents" is null or "last_booked_on" is null
