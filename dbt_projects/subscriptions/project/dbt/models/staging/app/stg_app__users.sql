with

source as (

    select * from {{ source('app', 'users') }}

),

renamed as (

    select
        user_id,
        lower(email) as email,
        full_name,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as user_updated_at
    from source

)

select * from renamed
