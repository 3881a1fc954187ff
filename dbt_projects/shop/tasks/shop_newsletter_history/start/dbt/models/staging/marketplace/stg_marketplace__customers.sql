with

source as (

    select * from {{ source('marketplace', 'customers') }}

),

renamed as (

    select
        customer_id,
        trim(full_name) as full_name,
        lower(trim(email)) as email,
        street,
        nullif(trim(postal_code), '') as postal_code,
        {{ capitalise('city') }} as city,
        upper(country_code) as country_code,
        has_marketing_consent,
        {{ to_utc('signed_up_at') }} as signed_up_at,
        cast(updated_at as timestamptz) at time zone 'Europe/Berlin' as customer_updated_at
    from source

)

select * from renamed
