with

source as (

    select * from {{ source('app', 'workspaces') }}

),

renamed as (

    select
        workspace_id,
        subscription_id,
        name as workspace_name,
        region,
        time_zone,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as workspace_updated_at
    from source

)

select * from renamed
