select * from {{ ref('orders') }}
where "n_payment_attempts" < 0 or "n_lines" < 0 or "n_units" < 0 or "n_open_refunds" < 0
