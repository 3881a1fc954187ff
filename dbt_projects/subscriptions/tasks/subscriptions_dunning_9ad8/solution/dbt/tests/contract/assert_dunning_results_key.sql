select "payment_method", "failed_month" from {{ ref('dunning_results') }}
group by "payment_method", "failed_month"
having count(*) > 1 or min("payment_method") is null or min("failed_month") is null
