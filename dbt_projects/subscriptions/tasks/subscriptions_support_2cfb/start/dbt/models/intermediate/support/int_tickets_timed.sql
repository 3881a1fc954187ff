with

tickets as (

    select * from {{ ref('stg_support__tickets') }}

),

messages as (

    select
        ticket_id,
        count(*) filter (where author_kind = 'customer') as n_customer_messages,
        count(*) filter (where author_kind = 'agent') as n_agent_messages,
        count(distinct agent_id) as n_agents,
        cast(sum(json_array_length(attachments)) as bigint) as n_attachments,
        min(sent_at) filter (where author_kind = 'agent') as first_answered_at
    from {{ ref('stg_support__messages') }}
    group by ticket_id

),

ratings as (

    select
        ticket_id,
        count(*) as n_ratings
    from {{ ref('stg_support__satisfaction_ratings') }}
    group by ticket_id

),

joined as (

    select
        tickets.ticket_id,
        tickets.workspace_id,
        tickets.priority,
        tickets.ticket_status,
        tickets.channel,
        coalesce(messages.n_customer_messages, 0) as n_customer_messages,
        coalesce(messages.n_agent_messages, 0) as n_agent_messages,
        coalesce(messages.n_agents, 0) as n_agents,
        coalesce(messages.n_attachments, 0) as n_attachments,
        coalesce(ratings.n_ratings, 0) as n_ratings,
        date_diff('minute', tickets.created_at, messages.first_answered_at) as first_answer_minutes,
        tickets.is_vip,
        {{ amsterdam_date('tickets.created_at') }} as opened_on,
        tickets.created_at,
        messages.first_answered_at,
        tickets.solved_at
    from tickets
    left join messages on tickets.ticket_id = messages.ticket_id
    left join ratings on tickets.ticket_id = ratings.ticket_id

)

select * from joined
