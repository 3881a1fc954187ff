select * from {{ ref('return_reasons') }}
where "n_returns" < 0 or "n_matched_by_card" < 0 or "n_unmatched" < 0 or "n_units" < 0
