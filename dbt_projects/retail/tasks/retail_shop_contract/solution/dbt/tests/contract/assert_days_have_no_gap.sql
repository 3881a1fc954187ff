-- A shop has a row for each day from its first to its last.
select store_id
from {{ ref('store_days') }}
group by store_id
having count(distinct business_date) <> date_diff('day', min(business_date), max(business_date)) + 1
