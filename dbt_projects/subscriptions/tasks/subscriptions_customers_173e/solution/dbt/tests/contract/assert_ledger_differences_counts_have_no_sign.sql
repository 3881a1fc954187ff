select * from {{ ref('ledger_differences') }}
where "n_entries" < 0
