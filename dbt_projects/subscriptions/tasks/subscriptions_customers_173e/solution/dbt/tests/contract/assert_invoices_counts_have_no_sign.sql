select * from {{ ref('invoices') }}
where "n_lines" < 0 or "n_failed_attempts" < 0
