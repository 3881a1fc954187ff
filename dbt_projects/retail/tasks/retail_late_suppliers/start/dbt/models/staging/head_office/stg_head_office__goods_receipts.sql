with

source as (

    select * from {{ source('head_office', 'goods_receipts') }}

),

first_record_of_a_receipt as (

    select *
    from source
    qualify
        row_number() over (
            partition by receipt_id
            order by recorded_at
        ) = 1

),

renamed as (

    select
        receipt_id,
        po_number,
        line_number,
        warehouse_sk as warehouse_id,
        quantity_received,
        quantity_rejected,
        {{ to_utc('received_at') }} as received_at,
        {{ to_utc('recorded_at') }} as recorded_at
    from first_record_of_a_receipt

)

select * from renamed
