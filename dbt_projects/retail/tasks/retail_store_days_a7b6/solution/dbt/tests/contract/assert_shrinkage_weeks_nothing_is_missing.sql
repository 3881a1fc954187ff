select * from {{ ref('shrinkage_weeks') }}
where "n_counts" is null or "n_expected_units" is null or "n_counted_units" is null or "n_missing_units" is null or "missing_cost_cents" is null
