with

shipments as (

    select * from {{ ref('int_shipments_tracked') }}

),

with_verdict as (

    select
        shipment_id,
        order_id,
        warehouse_code,
        service,
        destination_country,
        shipment_state,
        weight_grams,
        n_failed_attempts,
        transit_minutes,
        delivered_on,
        accepted_at,
        delivered_at
    from shipments

)

select * from with_verdict
