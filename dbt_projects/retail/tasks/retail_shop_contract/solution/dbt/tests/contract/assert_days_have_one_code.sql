-- A shop has one code, a code one shop.
select store_id as odd_one
from {{ ref('store_days') }}
group by store_id
having count(distinct store_code) <> 1 or count(*) > count(store_code)
union all
select any_value(store_id) as odd_one
from {{ ref('store_days') }}
group by store_code
having count(distinct store_id) <> 1
