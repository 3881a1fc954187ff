with

source as (

    select * from {{ source('head_office', 'customer_address') }}

),

renamed as (

    select
        address_sk as address_id,
        street,
        city,
        state,
        zip,
        country
    from source

)

select * from renamed
