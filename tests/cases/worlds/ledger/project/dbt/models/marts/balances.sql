select accounts.account_id, accounts.title, coalesce(sum(amount), 0) as balance, count(entry_id) as n_entries
from {{ source('books', 'accounts') }} as accounts
left join {{ ref('stg_books__entries') }} using (account_id)
group by all
