-- Loans that are older than today.
with counted as (
    select branch, lent_on, count(*) as n_loans, sum(days) as total_days
    from {{ ref('loans_by_branch') }}
    where lent_on <= current_date
    group by branch, lent_on
)

select counted.*, branches.city
from counted
left join {{ ref('branches') }} as branches on counted.branch = branches.branch
