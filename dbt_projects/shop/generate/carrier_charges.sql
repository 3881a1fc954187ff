-- Lines of the carrier's bills, a day after a parcel was handed over. A credit takes a part of the freight back some days later.
with sent as (
    select * from parcels
    union all by name
    select * from samples
),

billed as (
    select
        shipment_id__ as shipment_id,
        handed_over_at__,
        (handed_over_at__ at time zone 'UTC')::date + 1 as billed_on,
        310 + case when is_express__ then 280 else 0 end + weight_grams__ // 500 * 35
        + case when ship_country__ in ('GB', 'CH', 'PL', 'SE') then 190 else 0 end as freight_cents
    from sent
),

lines as (
    select shipment_id, 'freight' as kind, freight_cents as cents, billed_on from billed
    union all
    select shipment_id, 'fuel', freight_cents * 7 // 100, billed_on from billed
    union all
    select shipment_id, 'remote_area', 240, billed_on from billed where draw(shipment_id, 'is remote') < 0.06
    union all
    select shipment_id, 'credit', -(freight_cents // 2), billed_on + 2 + pick(shipment_id, 'until credited', 3)
    from billed
    where draw(shipment_id, 'is credited') < 0.08
)

select
    'CL-' || upper(left(md5(concat_ws('|', seed(), 'charge', shipment_id, kind)), 14)) as line_id,
    shipment_id,
    kind,
    (cents / 100)::decimal(12, 2) as amount_eur,
    billed_on,
    (billed_on + interval 6 hours)::timestamptz as billed_at__,
    billed_at__ as arrives_at__
from lines
