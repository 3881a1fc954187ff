with

source as (

    select * from {{ source('billing', 'customers') }}

),

renamed as (

    select
        customer_id,
        account_reference as account_id,
        name as customer_name,
        lower(email) as email,
        upper(country_code) as country_code,
        currency,
        is_test,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as customer_updated_at
    from source

)

select * from renamed
