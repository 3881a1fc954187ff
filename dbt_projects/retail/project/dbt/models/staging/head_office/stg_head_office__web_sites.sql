with

source as (

    select * from {{ source('head_office', 'web_site') }}

),

renamed as (

    select
        web_site_sk as web_site_id,
        site_name
    from source

)

select * from renamed
