with

source as (

    select * from {{ source('support', 'agents') }}

),

renamed as (

    select
        _id as agent_id,
        full_name as agent_name,
        team,
        is_active,
        {{ to_utc('updated_at') }} as agent_updated_at
    from source

)

select * from renamed
