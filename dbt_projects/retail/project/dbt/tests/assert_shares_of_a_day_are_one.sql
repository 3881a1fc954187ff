-- The shares of the shops of a day are the whole day.
select business_date
from {{ ref('store_day_ranks') }}
group by business_date
having abs(sum(share_of_day) - 1) > 0.000001
