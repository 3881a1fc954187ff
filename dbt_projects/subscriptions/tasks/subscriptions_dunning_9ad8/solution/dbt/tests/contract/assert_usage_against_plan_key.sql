select "workspace_id", "usage_month" from {{ ref('usage_against_plan') }}
group by "workspace_id", "usage_month"
having count(*) > 1 or min("workspace_id") is null or min("usage_month") is null
