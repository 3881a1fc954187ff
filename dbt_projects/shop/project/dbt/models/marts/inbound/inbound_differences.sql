with

deliveries as (

    select * from {{ ref('stg_marketplace__inbound_deliveries') }}

),

movements as (

    select * from {{ ref('stg_marketplace__stock_movements') }}

),

sellers as (

    select * from {{ ref('stg_marketplace__sellers') }}

),

receipts as (

    select
        reference as purchase_number,
        sku,
        warehouse_code,
        count(*) as n_pallets,
        cast(sum(quantity) as bigint) as received_quantity,
        min(moved_at) as received_at
    from movements
    where movement_kind = 'receipt'
    group by reference, sku, warehouse_code

),

joined as (

    select
        deliveries.delivery_id,
        deliveries.purchase_number,
        deliveries.seller_id,
        sellers.seller_name,
        deliveries.sku,
        deliveries.warehouse_code,
        deliveries.announced_quantity,
        coalesce(receipts.n_pallets, 0) as n_pallets,
        coalesce(receipts.received_quantity, 0) as received_quantity,
        coalesce(receipts.received_quantity, 0) - deliveries.announced_quantity as difference,
        case
            when deliveries.delivery_status = 'cancelled' then 'cancelled'
            when receipts.received_quantity is null then 'missing'
            when receipts.received_quantity < deliveries.announced_quantity then 'short'
            when receipts.received_quantity > deliveries.announced_quantity then 'over'
            else 'right'
        end as delivery_check,
        date_diff('minute', deliveries.announced_at, receipts.received_at) as minutes_until_received,
        {{ berlin_date('deliveries.announced_at') }} as announced_on
    from deliveries
    left join receipts
        on
            deliveries.purchase_number = receipts.purchase_number
            and deliveries.sku = receipts.sku
            and deliveries.warehouse_code = receipts.warehouse_code
    left join sellers on deliveries.seller_id = sellers.seller_id

)

select * from joined
