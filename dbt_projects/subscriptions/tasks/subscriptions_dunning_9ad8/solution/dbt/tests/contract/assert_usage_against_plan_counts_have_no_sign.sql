select * from {{ ref('usage_against_plan') }}
where "n_actions" < 0 or "n_metered_actions" < 0 or "n_allowed_actions" < 0 or "n_seats" < 0 or "n_actions_beyond" < 0
