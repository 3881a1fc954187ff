select * from {{ ref('usage_against_plan') }}
where "subscription_id" is null or "plan_id" is null or "n_actions" is null or "n_metered_actions" is null or "n_allowed_actions" is null or "n_seats" is null or "included_seats" is null or "used_share" is null or "n_actions_beyond" is null
