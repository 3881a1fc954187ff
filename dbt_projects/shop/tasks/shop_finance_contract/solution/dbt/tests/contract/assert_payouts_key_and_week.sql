-- One row per seller and week; weeks begin on Monday.
select
    seller_id,
    week_start
from {{ ref('seller_payouts') }}
group by seller_id, week_start
having count(*) > 1 or isodow(week_start) <> 1
