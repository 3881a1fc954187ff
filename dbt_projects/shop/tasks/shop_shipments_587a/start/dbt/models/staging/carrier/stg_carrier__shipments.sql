with

source as (

    select * from {{ source('carrier', 'shipments') }}

),

renamed as (

    select
        shipment_id,
        split_part(customer_reference, '/', 1) as order_number,
        upper(service) as service,
        destination_country,
        status as shipment_status,
        {{ weight_in_grams('weight') }} as weight_grams,
        cast(promised_on as date) as promised_on,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as shipment_updated_at
    from source

)

select * from renamed
