with

tickets as (

    select * from {{ ref('tickets') }}

),

aggregated as (

    select
        customer_id,
        cast(date_trunc('week', opened_on) as date) as week_start,
        count(*) as n_tickets,
        count(*) filter (where priority in ('high', 'urgent')) as n_pressing_tickets,
        count(*) filter (where ticket_status = 'solved') as n_solved_tickets,
        count(first_answer_minutes) as n_answered_tickets,
        count(*) filter (where first_answer_minutes <= promised_minutes) as n_answered_in_time,
        cast(sum(n_customer_messages + n_agent_messages) as bigint) as n_messages,
        cast(sum(n_attachments) as bigint) as n_attachments,
        max(first_answer_minutes) as longest_first_answer_minutes
    from tickets
    group by all

),

with_shares as (

    select
        *,
        n_answered_in_time / nullif(n_answered_tickets, 0) as in_time_share
    from aggregated

)

select * from with_shares
