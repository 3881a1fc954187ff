-- The balance of an account is what it had at the end of its last day.
select balances.account_id
from {{ ref('loyalty_balances') }} as balances
inner join {{ ref('int_loyalty_days') }} as days
    on balances.account_id = days.account_id and balances.last_booked_on = days.booked_on
where balances.balance_points <> days.closing_points
