-- Every line of a sale is in the weeks of its item, once.
select count(*) as n_lines
from {{ ref('sale_lines') }}
having sum(net_cents) <> (select sum(weeks.net_cents) from {{ ref('item_weeks') }} as weeks)
