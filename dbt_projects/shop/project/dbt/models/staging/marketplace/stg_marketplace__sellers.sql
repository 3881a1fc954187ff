with

source as (

    select * from {{ source('marketplace', 'sellers') }}

),

renamed as (

    select
        seller_id,
        trim(company_name) as seller_name,
        country_code,
        joined_on
    from source

)

select * from renamed
