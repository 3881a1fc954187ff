select * from {{ ref('support_load') }}
where "in_time_share" is distinct from (n_answered_in_time / nullif(n_answered_tickets, 0))
