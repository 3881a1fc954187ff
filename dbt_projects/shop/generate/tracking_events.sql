with sent as (
    select * from parcels
    union all by name
    select * from samples
),

steps as (
    select *, 'accepted' as code, handed_over_at__ as happened_at, 0 as nth from sent
    union all
    -- Some parcels are taken, or handed over, a second time.
    select *, 'accepted', handed_over_at__ + to_seconds(3000 + pick(shipment_id__, 'taken again', 30000)), 1
    from sent
    where draw(shipment_id__, 'is taken again') < 0.05
    union all
    select *, 'delivered', delivered_at__ + to_seconds(3000 + pick(shipment_id__, 'handed over again', 200000)), 1
    from sent
    where delivered_at__ is not null and draw(shipment_id__, 'is handed over again') < 0.04
    union all
    -- Some come back after all.
    select *, 'returned', delivered_at__ + to_seconds(90000 + pick(shipment_id__, 'comes back', 300000)), 1
    from sent
    where delivered_at__ is not null and draw(shipment_id__, 'comes back after all') < 0.03
    union all
    select *, 'sorted', handed_over_at__ + to_seconds(9000 + pick(shipment_id__, 'sorted', 20000)), 0 from sent
    union all
    select *, 'out_for_delivery', coalesce(failed_at__, delivered_at__) - interval 3 hours, 0
    from sent
    where delivered_at__ is not null
    union all
    select *, 'attempt_failed', failed_at__, 0 from sent where failed_at__ is not null
    union all
    select *, 'delivered', delivered_at__, 0 from sent where delivered_at__ is not null
    union all
    select *, 'returned', returned_at__, 0 from sent where returned_at__ is not null
)

select
    'ev' || left(md5(concat_ws('|', seed(), 'tracking', shipment_id__, code, nullif(nth, 0))), 18) as event_id,
    shipment_id__ as shipment_id,
    code,
    case when code in ('accepted', 'sorted') then warehouse_code__ end as depot,
    happened_at as occurred_at,
    happened_at + to_seconds(30 + pick([shipment_id__, code], 'until recorded', 1500)) as recorded_at,
    order__
from steps
