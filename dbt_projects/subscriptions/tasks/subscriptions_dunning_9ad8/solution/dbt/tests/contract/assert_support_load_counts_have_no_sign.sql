select * from {{ ref('support_load') }}
where "n_tickets" < 0 or "n_pressing_tickets" < 0 or "n_solved_tickets" < 0 or "n_answered_tickets" < 0 or "n_answered_in_time" < 0 or "n_messages" < 0 or "n_attachments" < 0 or "n_rated_tickets" < 0
