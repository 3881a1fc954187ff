with

source as (

    select * from {{ source('app', 'feature_flags') }}

),

renamed as (

    select
        flag_id,
        workspace_id,
        flag_name,
        is_enabled,
        {{ to_utc('updated_at') }} as flag_updated_at
    from source

)

select * from renamed
