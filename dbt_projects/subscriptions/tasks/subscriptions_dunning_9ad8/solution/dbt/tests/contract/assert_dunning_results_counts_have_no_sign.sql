select * from {{ ref('dunning_results') }}
where "n_invoices" < 0 or "n_recovered" < 0 or "n_given_up" < 0 or "n_failed_attempts" < 0 or "n_reminders" < 0 or "n_personal_reminders" < 0 or "n_promises" < 0
