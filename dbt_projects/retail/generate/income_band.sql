-- The last band has no upper bound.
select
    band as income_band_sk,
    ((band - 1) * 15000)::integer as lower_bound,
    case when band = 8 then null else (band * 15000 - 1)::integer end as upper_bound
from range(1, 9) as listed (band)
