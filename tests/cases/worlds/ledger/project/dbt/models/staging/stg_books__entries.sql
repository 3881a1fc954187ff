select distinct entry_id, account_id, amount from {{ source('books', 'entries') }}
