with

source as (

    select * from {{ source('support', 'messages') }}

),

renamed as (

    select
        _id as message_id,
        ticket_id,
        author ->> '$.kind' as author_kind,
        author ->> '$.agent_id' as agent_id,
        body as message_text,
        attachments,
        {{ to_utc('sent_at') }} as sent_at
    from source

)

select * from renamed
