select * from {{ ref('churn_cohorts') }}
where "paying_share" < 0 or "paying_share" > 1
