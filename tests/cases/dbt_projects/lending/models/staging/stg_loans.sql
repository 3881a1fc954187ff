select loan_id, member_id, lent_at::date as lent_on, days
from {{ source("library", "loans") }}
