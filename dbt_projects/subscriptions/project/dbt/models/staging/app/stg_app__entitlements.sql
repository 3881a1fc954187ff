with

source as (

    select * from {{ source('app', 'entitlements') }}

),

renamed as (

    select
        entitlement_id,
        workspace_id,
        feature_code,
        extra_actions,
        valid_from,
        valid_to,
        {{ to_utc('updated_at') }} as entitlement_updated_at
    from source

)

select * from renamed
