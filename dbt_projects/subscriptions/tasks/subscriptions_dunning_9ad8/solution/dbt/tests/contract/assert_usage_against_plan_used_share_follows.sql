select * from {{ ref('usage_against_plan') }}
where "used_share" is distinct from (n_metered_actions / nullif(n_allowed_actions, 0))
