with

source as (

    select * from {{ source('crm', 'owners') }}

),

renamed as (

    select
        owner_id,
        full_name as owner_name,
        team,
        is_active,
        {{ to_utc('updated_at') }} as owner_updated_at
    from source

)

select * from renamed
