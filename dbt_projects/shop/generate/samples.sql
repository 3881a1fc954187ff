-- Parcels that are of no order: samples for the press. For the generator only.
with drawn as (
    select
        (day - start_date()) * 10 + slot as sample,
        (day + interval 8 hours + to_minutes(pick(sample, 'minute', 500)))::timestamptz as asked_at
    from dates()
    cross join unnest(range(4)) as slots (slot)
    where draw((day - start_date()) * 10 + slot, 'is sent') < 0.4
),

timed as (
    select
        *,
        asked_at + to_seconds(10800 + pick(sample, 'until handed over', 60000)) as handed_over_at,
        handed_over_at + to_seconds(90000 + pick(sample, 'on the way', 200000)) as delivered_at
    from drawn
)

select
    null::bigint as order__,
    choose(sample, 'warehouse', ['LEJ', 'RTM', 'LBA']) as warehouse_code__,
    'PR-' || left(md5(concat_ws('|', seed(), 'sample', sample)), 10) as order_number__,
    choose(sample, 'country', ['DE', 'FR', 'GB']) as ship_country__,
    false as is_express__,
    200 + pick(sample, 'weight', 2500) as weight_grams__,
    asked_at as paid_at__,
    handed_over_at as handed_over_at__,
    null::timestamptz as returned_at__,
    false as is_lost__,
    delivered_at as delivered_at__,
    null::timestamptz as failed_at__,
    'SHP' || upper(left(md5(concat_ws('|', seed(), 'sample parcel', sample)), 12)) as shipment_id__
from timed
