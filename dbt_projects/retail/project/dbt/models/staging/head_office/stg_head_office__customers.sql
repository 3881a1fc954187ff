with

source as (

    select * from {{ source('head_office', 'customer') }}

),

renamed as (

    select
        customer_sk as customer_id,
        customer_code,
        full_name,
        nullif(nullif(lower(email), ''), 'none') as email,
        birth_year,
        address_sk as address_id,
        demo_sk as demo_id,
        household_demo_sk as household_demo_id,
        takes_newsletter,
        {{ to_utc('updated_at') }} as customer_updated_at
    from source

)

select * from renamed
