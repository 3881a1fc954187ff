select * from {{ ref('return_reasons') }}
where "reason_text" is null or "n_returns" is null or "n_matched_by_card" is null or "n_unmatched" is null or "n_units" is null or "refunded_cents" is null or "is_fault" is null
