with

source as (

    select * from {{ source('billing', 'subscriptions') }}

),

renamed as (

    select
        subscription_id,
        customer_id,
        price_id,
        quantity,
        discount_percent,
        status as subscription_status,
        {{ to_utc('canceled_at') }} as canceled_at,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as subscription_updated_at
    from source

)

select * from renamed
