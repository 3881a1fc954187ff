with latest as (
    select member_id, loan_id, row_number() over (partition by member_id order by lent_on desc, loan_id) as place
    from {{ ref('stg_loans') }}
)

select members.member_id, members.branch, latest.loan_id as last_loan_id
from {{ ref('stg_members') }} as members
inner join latest on members.member_id = latest.member_id and latest.place = 1
