-- The newest change is at most twelve hours before the run.
select max(source_updated_at) as newest
from {{ ref('flights') }}
having max(source_updated_at) < {{ pinned_now() }} - interval 12 hour
