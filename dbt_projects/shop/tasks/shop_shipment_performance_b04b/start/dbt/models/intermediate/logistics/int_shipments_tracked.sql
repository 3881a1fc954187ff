with

shipments as (

    select * from {{ ref('stg_carrier__shipments') }}

),

events as (

    select * from {{ ref('stg_carrier__tracking_events') }}

),

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

event_times as (

    select
        shipment_id,
        min(occurred_at) filter (where event_code = 'accepted') as accepted_at,
        min(occurred_at) filter (where event_code = 'delivered') as delivered_at,
        min(occurred_at) filter (where event_code = 'returned') as returned_at,
        count(*) filter (where event_code = 'attempt_failed') as n_failed_attempts
    from events
    group by shipment_id

),

joined as (

    select
        shipments.shipment_id,
        orders.order_id,
        shipments.warehouse_code,
        shipments.service,
        shipments.destination_country,
        shipments.weight_grams,
        coalesce(event_times.n_failed_attempts, 0) as n_failed_attempts,
        case
            when event_times.delivered_at is not null then 'delivered'
            when event_times.returned_at is not null then 'returned'
            when event_times.accepted_at is not null then 'on_the_way'
            else 'announced'
        end as shipment_state,
        date_diff('minute', event_times.accepted_at, event_times.delivered_at) as transit_minutes,
        shipments.promised_on,
        {{ berlin_date('event_times.delivered_at') }} as delivered_on,
        event_times.accepted_at,
        event_times.delivered_at,
        event_times.returned_at
    from shipments
    left join event_times on shipments.shipment_id = event_times.shipment_id
    inner join orders on shipments.order_number = orders.order_number

)

select * from joined
