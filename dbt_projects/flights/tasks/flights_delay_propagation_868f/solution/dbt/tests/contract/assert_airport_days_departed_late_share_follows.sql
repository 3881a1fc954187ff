select * from {{ ref('airport_days') }}
where "departed_late_share" is distinct from (n_departed_late / NULLIF(n_departed, 0))
