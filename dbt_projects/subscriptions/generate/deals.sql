-- Opportunities and the way they take. For the generator only.
with listed as (
    select *, 0 as nth, 'new_business' as kind, met_at__ + interval 3 hours as opened_at, signed_up_at__ as wanted_at
    from prospects
    union all
    select
        *,
        1,
        'expansion',
        signed_up_at__ + to_seconds(10 * 86400 + pick(prospect__, 'second talk', 90 * 86400)),
        null
    from prospects
    where firm__ is not null and prospect__ % 3 = 1
),

fated as (
    select
        *,
        prospect__ * 2 + nth as deal,
        case
            when wanted_at is not null then 'won'
            when draw(prospect__ * 2 + nth, 'fate') < 0.4 then 'won'
            when draw(prospect__ * 2 + nth, 'fate') < 0.8 then 'lost'
            else 'open'
        end as fate,
        coalesce(wanted_at - interval 2 hours, opened_at + to_seconds(9 * 86400 + pick(prospect__ * 2 + nth, 'until decided', 40 * 86400)))
            as decided_at
    from listed
    -- A prospect that never signed up has won nothing yet.
    where true
)

select
    deal as deal__,
    prospect__,
    account_id__,
    signed_up_at__,
    kind as kind__,
    case when firm__ is null and fate = 'won' then 'lost' else fate end as fate__,
    opened_at as opened_at__,
    decided_at as decided_at__,
    -- Where on the way: shares of the time until it is decided.
    opened_at + to_seconds(floor(epoch(decided_at - opened_at) * 0.2)::bigint) as qualified_at__,
    opened_at + to_seconds(floor(epoch(decided_at - opened_at) * 0.5)::bigint) as proposed_at__,
    -- Some go back a stage, some are lost first and come back.
    deal % 7 = 3 as goes_back__,
    deal % 11 = 4 and fate = 'won' as is_lost_first__,
    deal % 5 = 2 as skips__,
    text_identifier('opportunity', deal, 'OPP') as opportunity_id__
from fated
