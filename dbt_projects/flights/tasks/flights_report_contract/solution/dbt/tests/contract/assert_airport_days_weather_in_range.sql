-- Visibility is at most 10 miles.
select airport_code
from {{ ref('airport_days') }}
where min_visibility_miles not between 0 and 10
