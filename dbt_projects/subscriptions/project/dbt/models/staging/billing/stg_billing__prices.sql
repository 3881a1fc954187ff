with

source as (

    select * from {{ source('billing', 'prices') }}

),

renamed as (

    select
        price_id,
        plan_id,
        currency,
        billing_interval,
        scheme as price_scheme,
        unit_amount_cents,
        is_active,
        {{ to_utc('created_at') }} as created_at
    from source

)

select * from renamed
