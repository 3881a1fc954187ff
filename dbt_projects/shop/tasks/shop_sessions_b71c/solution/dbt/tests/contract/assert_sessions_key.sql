select "session_id" from {{ ref('sessions') }}
group by "session_id"
having count(*) > 1 or min("session_id") is null
