-- Net times 60 by minutes worked.
select
    store_id,
    business_date
from {{ ref('store_days') }}
where
    (n_tickets > 0 and worked_minutes > 0) <> (net_cents_per_hour is not null)
    or abs(net_cents_per_hour - net_cents * 60 / worked_minutes) > 1
