with

shipments as (

    select * from {{ ref('int_shipments_tracked') }}

),

with_verdict as (

    select
        shipment_id,
        order_id,
        service,
        destination_country,
        shipment_state,
        weight_grams,
        n_failed_attempts,
        transit_minutes,
        case
            when delivered_on is not null then delivered_on <= promised_on
            when returned_at is not null or promised_on < {{ berlin_date(pinned_now()) }} then false
        end as is_on_time,
        promised_on,
        delivered_on,
        accepted_at,
        delivered_at
    from shipments

)

select * from with_verdict
