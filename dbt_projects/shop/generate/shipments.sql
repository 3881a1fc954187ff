-- Parcels as the carrier knows them. Weights are in grams or kilograms, as the warehouse typed them.
with sent as (
    select * from parcels
    union all by name
    select * from samples
),

steps as (
    select *, 1 as version, 'announced' as status, paid_at__ + interval 2 hours as changed_at from sent
    union all
    select *, 2, 'in_transit', handed_over_at__ + interval 20 minutes from sent
    union all
    select *, 3, 'delivered', delivered_at__ + interval 5 minutes from sent where delivered_at__ is not null
    union all
    select *, 3, 'returned', returned_at__ + interval 5 minutes from sent where returned_at__ is not null
)

select
    shipment_id__ as shipment_id,
    order_number__ || '/' || warehouse_code__ as customer_reference,
    case when is_express__ then 'EXPRESS' else 'STANDARD' end as service,
    warehouse_code__ as origin_depot,
    ship_country__ as destination_country,
    weight_grams__ as weight,
    business_day((paid_at__ at time zone 'Europe/Berlin')::date, case when is_express__ then 1 else 3 end) as promised_on,
    status,
    paid_at__ + interval 2 hours as created_at,
    changed_at as updated_at,
    order__,
    version as version__,
    changed_at as arrives_at__
from steps
