select * from {{ ref('support_load') }}
where "n_tickets" is null or "n_pressing_tickets" is null or "n_solved_tickets" is null or "n_answered_tickets" is null or "n_answered_in_time" is null or "n_messages" is null or "n_attachments" is null or "n_rated_tickets" is null
