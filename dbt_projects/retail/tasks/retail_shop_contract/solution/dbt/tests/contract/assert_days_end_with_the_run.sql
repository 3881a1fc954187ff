-- The newest day is that of the run.
select max(business_date) as last_date
from {{ ref('store_days') }}
having max(business_date) is distinct from {{ business_today() }}
