select * from {{ ref('loyalty_balances') }}
where "n_bookings" < 0
