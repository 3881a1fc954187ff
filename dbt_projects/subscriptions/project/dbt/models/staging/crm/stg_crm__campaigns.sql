with

source as (

    select * from {{ source('crm', 'campaigns') }}

),

renamed as (

    select
        campaign_id,
        name as campaign_name,
        channel as campaign_channel,
        started_on,
        ended_on,
        cost_eur_cents,
        {{ to_utc('updated_at') }} as campaign_updated_at
    from source

)

select * from renamed
