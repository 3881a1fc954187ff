with steps as (
    select *, 'accepted' as code, handed_over_at__ as happened_at from parcels
    union all
    select *, 'sorted', handed_over_at__ + to_seconds(9000 + pick(shipment_id__, 'sorted', 20000)) from parcels
    union all
    select *, 'out_for_delivery', coalesce(failed_at__, delivered_at__) - interval 3 hours
    from parcels
    where delivered_at__ is not null
    union all
    select *, 'attempt_failed', failed_at__ from parcels where failed_at__ is not null
    union all
    select *, 'delivered', delivered_at__ from parcels where delivered_at__ is not null
    union all
    select *, 'returned', returned_at__ from parcels where returned_at__ is not null
)

select
    'ev' || left(md5(concat_ws('|', seed(), 'tracking', shipment_id__, code)), 18) as event_id,
    shipment_id__ as shipment_id,
    code,
    case when code in ('accepted', 'sorted') then warehouse_code__ end as depot,
    happened_at as occurred_at,
    happened_at + to_seconds(30 + pick([shipment_id__, code], 'until recorded', 1500)) as recorded_at,
    order__
from steps
