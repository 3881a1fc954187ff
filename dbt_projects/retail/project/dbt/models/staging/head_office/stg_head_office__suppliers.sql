with

source as (

    select * from {{ source('head_office', 'supplier') }}

),

renamed as (

    select
        supplier_sk as supplier_id,
        supplier_name,
        country_code,
        lead_days
    from source

)

select * from renamed
