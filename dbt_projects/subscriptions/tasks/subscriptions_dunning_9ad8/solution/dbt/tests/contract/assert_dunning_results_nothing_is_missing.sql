select * from {{ ref('dunning_results') }}
where "n_invoices" is null or "n_recovered" is null or "n_given_up" is null or "n_failed_attempts" is null or "n_reminders" is null or "n_personal_reminders" is null or "n_promises" is null or "failed_eur_cents" is null
