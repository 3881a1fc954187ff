with

tickets as (

    select * from {{ ref('int_tickets_timed') }}

),

workspaces as (

    select * from {{ ref('stg_app__workspaces') }}

),

subscriptions as (

    select * from {{ ref('stg_billing__subscriptions') }}

),

owned as (

    select
        tickets.ticket_id,
        subscriptions.customer_id,
        tickets.workspace_id,
        tickets.priority,
        tickets.ticket_status,
        tickets.channel,
        tickets.n_customer_messages,
        tickets.n_agent_messages,
        tickets.n_agents,
        tickets.n_attachments,
        tickets.first_answer_minutes,
        case
            when tickets.priority = 'urgent' then 120
            when tickets.priority = 'high' then 480
            else 1440
        end as promised_minutes,
        tickets.is_vip,
        tickets.opened_on,
        tickets.created_at,
        tickets.first_answered_at,
        tickets.solved_at
    from tickets
    inner join workspaces on tickets.workspace_id = workspaces.workspace_id
    inner join subscriptions on workspaces.subscription_id = subscriptions.subscription_id

)

select * from owned
