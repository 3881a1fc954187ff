-- The newest arrival was written at most six hours before the run.
select max(updated_at) as newest
from {{ source('operations', 'arrivals') }}
having max(updated_at) is null or max(updated_at) at time zone 'UTC' < {{ pinned_now() }} - interval 6 hour
