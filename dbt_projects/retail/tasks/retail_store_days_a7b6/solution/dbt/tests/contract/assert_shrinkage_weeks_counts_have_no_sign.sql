select * from {{ ref('shrinkage_weeks') }}
where "n_counts" < 0 or "n_expected_units" < 0 or "n_counted_units" < 0 or "n_missing_units" < 0
