select * from {{ ref('ledger_differences') }}
where "ledger_check" not in ('not_yet', 'missing', 'right', 'wrong')
