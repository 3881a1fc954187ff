with

source as (

    select * from {{ source('head_office', 'web_page') }}

),

renamed as (

    select
        web_page_sk as web_page_id,
        web_site_sk as web_site_id,
        page_type,
        is_generated
    from source

)

select * from renamed
