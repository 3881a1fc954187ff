-- Messages of a ticket: the customer's first, a machine's receipt, then people in turn.
with written as (
    -- Some tickets are made by mistake, and nobody writes anything.
    select * from calls_for_help where ticket__ % 19 <> 5
),

listed as (
    select *, 0 as nth, 'customer' as who, opened_at__ as moment from written where channel__ <> 'phone'
    union all
    -- Who calls is written down by an agent.
    select *, 0, 'agent', opened_at__ from written where channel__ = 'phone'
    union all
    select *, 1, 'bot', opened_at__ + interval 20 seconds from written where channel__ = 'email'
    union all
    select
        written.*,
        2 + turn,
        case when turn % 2 = 0 then 'agent' else 'customer' end,
        opened_at__ + to_seconds(first_seconds__) + to_seconds((turn * (2000 + pick(ticket__, 'between', 40000)))::bigint)
    from written
    cross join unnest(range(6)) as turns (turn)
    where turn < n_answers__
)

select
    'ms' || left(md5(concat_ws('|', seed(), 'message', ticket__, nth)), 18) as message_id,
    ticket_id__ as ticket_id,
    {
        'kind': who,
        'agent_id': case when who = 'agent' then 'ag' || left(md5(concat_ws('|', seed(), 'agent', pick([ticket__, nth], 'which agent', 7))), 10) end
    } as author,
    choose([ticket__, nth], 'text', ['The board does not load.', 'Could you have a look?', 'Please try again now.', 'Our bill looks wrong.', 'Thank you, it works.'])
        as body,
    list_transform(
        range(case when draw([ticket__, nth], 'has files') < 0.25 and who <> 'bot' then 1 + pick([ticket__, nth], 'files', 3) else 0 end),
        lambda i: {'name': choose([ticket__, nth, i], 'file', ['screen.png', 'log.txt', 'bill.pdf']), 'bytes': 1000 + pick([ticket__, nth, i], 'bytes', 900000)}
    ) as attachments,
    moment as sent_at,
    ticket__,
    nth as nth__
from listed
