with

shipments as (

    select * from {{ ref('int_shipments_tracked') }}

),

aggregated as (

    select
        order_id,
        max(delivered_at) as delivered_at
    from shipments
    where order_id is not null
    group by order_id

),

with_date as (

    select
        order_id,
        {{ berlin_date('delivered_at') }} as delivered_on,
        delivered_at
    from aggregated

)

select * from with_date
