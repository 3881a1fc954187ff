with

shipments as (

    select * from {{ ref('shipments') }}

),

aggregated as (

    select
        service,
        destination_country,
        count(*) as n_shipments,
        count(*) filter (where shipment_state = 'delivered') as n_delivered,
        count(*) filter (where shipment_state = 'returned') as n_returned,
        count(*) filter (where n_failed_attempts > 0) as n_with_failed_attempt,
        quantile_disc(transit_minutes, 0.5) as median_transit_minutes,
        quantile_disc(transit_minutes, 0.9) as p90_transit_minutes,
        cast(sum(weight_grams) as bigint) as weight_grams
    from shipments
    group by service, destination_country

),

with_share as (

    select
        service,
        destination_country,
        n_shipments,
        n_delivered,
        n_returned,
        n_with_failed_attempt,
        median_transit_minutes,
        p90_transit_minutes,
        weight_grams
    from aggregated

)

select * from with_share
