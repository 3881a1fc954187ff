-- Versions are numbered from 1 without a gap, each once.
select customer_id
from {{ ref('customer_history') }}
group by customer_id
having
    min(version_number) <> 1
    or max(version_number) <> count(*)
    or count(distinct version_number) <> count(*)
