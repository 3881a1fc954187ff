-- One row per till and day.
select till_day_id
from {{ ref('till_reconciliations') }}
qualify
    count(*) over (partition by till_day_id) > 1
    or count(*) over (partition by store_id, till_number, till_date) > 1
    or till_day_id is null
