with

source as (

    select * from {{ source('support', 'tickets') }}

),

renamed as (

    select
        _id as ticket_id,
        workspace_id,
        lower(coalesce(requester_email, requester ->> '$.email')) as requester_email,
        subject,
        lower(priority) as priority,
        status as ticket_status,
        channel,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as ticket_updated_at,
        {{ to_utc('solved_at') }} as solved_at
    from source

)

select * from renamed
