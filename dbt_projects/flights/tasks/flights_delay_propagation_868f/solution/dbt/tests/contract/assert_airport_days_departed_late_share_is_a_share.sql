select * from {{ ref('airport_days') }}
where "departed_late_share" < 0 or "departed_late_share" > 1
