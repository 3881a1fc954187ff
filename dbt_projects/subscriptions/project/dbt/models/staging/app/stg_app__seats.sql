with

source as (

    select * from {{ source('app', 'seats') }}

),

renamed as (

    select
        seat_id,
        workspace_id,
        user_id,
        role,
        {{ to_utc('granted_at') }} as granted_at,
        {{ to_utc('revoked_at') }} as revoked_at,
        {{ to_utc('updated_at') }} as seat_updated_at
    from source

)

select * from renamed
