select loans.loan_id, loans.lent_on, loans.days, members.branch
from {{ ref('stg_loans') }} as loans
inner join {{ ref('stg_members') }} as members on loans.member_id = members.member_id
