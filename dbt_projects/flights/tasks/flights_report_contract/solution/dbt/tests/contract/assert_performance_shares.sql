-- Shares are parts of one, by their formula.
select airline_id
from {{ ref('carrier_on_time_performance') }}
where on_time_share not between 0 and 1 or abs(on_time_share * n_completed - n_on_time) > 0.001
