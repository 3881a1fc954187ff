with

shipments as (

    select * from {{ ref('stg_carrier__shipments') }}

),

charges as (

    select * from {{ ref('stg_finance__carrier_charges') }}

),

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

billed as (

    select
        shipment_id,
        cast(sum(amount_cents) filter (where charge_kind = 'freight') as bigint) as freight_cents,
        cast(coalesce(sum(amount_cents) filter (where charge_kind in ('fuel', 'remote_area')), 0) as bigint)
            as surcharge_cents,
        cast(coalesce(-sum(amount_cents) filter (where charge_kind = 'credit'), 0) as bigint) as credited_cents,
        cast(sum(amount_cents) as bigint) as cost_cents,
        min(billed_on) as billed_on
    from charges
    group by shipment_id

),

joined as (

    select
        shipments.shipment_id,
        orders.order_id,
        shipments.service,
        shipments.destination_country,
        shipments.weight_grams,
        billed.freight_cents,
        coalesce(billed.surcharge_cents, 0) as surcharge_cents,
        coalesce(billed.credited_cents, 0) as credited_cents,
        coalesce(billed.cost_cents, 0) as cost_cents,
        billed.billed_on
    from shipments
    left join billed on shipments.shipment_id = billed.shipment_id
    left join orders on shipments.order_number = orders.order_number

)

select * from joined
