select "segment", "revenue_month" from {{ ref('mrr_months') }}
group by "segment", "revenue_month"
having count(*) > 1 or min("segment") is null or min("revenue_month") is null
