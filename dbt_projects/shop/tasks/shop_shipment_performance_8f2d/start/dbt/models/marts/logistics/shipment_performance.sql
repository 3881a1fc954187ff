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
        count(*) filter (where is_on_time) as n_on_time,
        count(is_on_time) as n_due,
        count(*) filter (where n_failed_attempts > 0) as n_with_failed_attempt,
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
        n_due,
        n_on_time,
        n_on_time / nullif(n_due, 0) as on_time_share,
        n_with_failed_attempt,
        weight_grams
    from aggregated

)

select * from with_share
