with

source as (

    select * from {{ source('marketplace', 'campaigns') }}

),

renamed as (

    select
        campaign,
        channel,
        title as campaign_title,
        manager,
        starts_on,
        ends_on
    from source

)

select * from renamed
