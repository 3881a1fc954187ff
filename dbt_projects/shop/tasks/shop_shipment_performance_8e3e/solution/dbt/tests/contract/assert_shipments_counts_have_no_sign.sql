select * from {{ ref('shipments') }}
where "n_failed_attempts" < 0
