with

source as (

    select * from {{ source('crm', 'opportunities') }}

),

renamed as (

    select
        opportunity_id,
        account_id,
        owner_id,
        campaign_id,
        kind as opportunity_kind,
        stage,
        {{ amount_in_cents('amount') }} as amount_eur_cents,
        expected_close_on,
        {{ to_utc('updated_at') }} as opportunity_updated_at
    from source

)

select * from renamed
