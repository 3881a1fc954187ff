with

source as (

    select * from {{ source('head_office', 'catalog_page') }}

),

renamed as (

    select
        catalog_page_sk as catalog_page_id,
        catalog_number,
        page_number,
        department
    from source

)

select * from renamed
