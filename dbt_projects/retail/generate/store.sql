-- Shops as the tills know them; the last day of the shop that closes is written down some days before.
with versions as (
    select *, 1 as version, (start_date() - 60)::timestamptz as changed_at from shops
    union all
    select *, 2, (start_date() + 2)::timestamptz + interval 15 hours from shops where closed_on__ is not null
    union all
    select *, 3, (start_date() + 5)::timestamptz + interval 16 hours from shops where store__ % 8 = 3
)

select
    store_id__ as store_sk,
    'AF' || printf('%03d', store__ + 1) as store_code,
    'Alder & Finch ' || city__ as store_name,
    city__ as city,
    state__ as state,
    time_zone__ as time_zone,
    case when version = 3 then 60 else 0 end + 300 + 20 * pick(store__, 'floor', 40) as floor_space,
    greatest(opened_on__, date '2015-01-01') as opened_on,
    case when version = 2 then closed_on__ end as closed_on,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from versions
