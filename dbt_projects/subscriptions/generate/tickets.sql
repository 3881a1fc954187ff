-- Documents of two shapes: since the new form, the requester is an object (schema_version 2).
with ends as (
    select ticket__, max(sent_at) as last_at from messages group by ticket__
),

steps as (
    select calls_for_help.*, 1 as version, 'open' as status, opened_at__ as changed_at, null::timestamptz as solved_at
    from calls_for_help
    union all
    select calls_for_help.*, 2, 'solved', last_at + interval 30 minutes, last_at + interval 30 minutes
    from calls_for_help
    inner join ends on calls_for_help.ticket__ = ends.ticket__
    where is_solved__
    union all
    -- Some are opened again.
    select calls_for_help.*, 3, 'open', last_at + interval 26 hours, null::timestamptz
    from calls_for_help
    inner join ends on calls_for_help.ticket__ = ends.ticket__
    where is_solved__ and calls_for_help.ticket__ % 17 = 3
)

select
    ticket_id__ as ticket_id,
    workspace_id__ as workspace_id,
    case when ticket__ % 2 = 0 then email(ticket__) end as requester_email,
    case when ticket__ % 2 = 1 then {'name': person_name(ticket__), 'email': email(ticket__)} end as requester,
    choose(ticket__, 'subject', ['Board', 'Login', 'Bill', 'Sensor', 'Export']) as subject,
    priority__ as priority,
    status,
    channel__ as channel,
    list_filter(['billing', 'bug', 'question', 'vip'], lambda tag: draw([ticket__::varchar, tag], 'tag') < 0.3) as tags,
    1 + (ticket__ % 2)::integer as schema_version,
    opened_at__ as created_at,
    changed_at as updated_at,
    solved_at,
    ticket__,
    version as version__,
    changed_at as arrives_at__
from steps
