-- What people do: up to three events a day and workspace, more in some workspaces than their plan has.
with slots as (
    select
        subs.*,
        day,
        day - start_date() as day_index,
        slot
    from subs
    cross join dates()
    cross join unnest(range(3)) as slots (slot)
    where day > begins_at__::date and draw([sub__, day - start_date(), slot], 'is used') < 0.4
),

timed as (
    select
        *,
        [sub__, day_index, slot] as key,
        (day + to_seconds(pick([sub__, day_index, slot], 'second', 86400)))::timestamptz as moment,
        pick([sub__, day_index, slot], 'who', 2) as nth
    from slots
)

select
    'ev-' || left(md5(concat_ws('|', seed(), 'usage', timed.sub__, day_index, slot)), 20) as event_id,
    timed.workspace_id__ as workspace_id,
    -- The first member is always there; programs have no user.
    case when draw(key, 'by program') < 0.1 then null when nth = 0 then identifier('user', timed.sub__ * 8)
        else coalesce(second_one.user_id__, identifier('user', timed.sub__ * 8))
    end as user_id,
    pick_weighted(key, 'feature', ['boards', 'forms', 'exports', 'sensors', 'search', 'comments'], [5, 4, 2, 2, 3, 2]) as feature_code,
    1 + pick(key, 'quantity', case when place__ % 4 = 0 then 90 else 18 end) as quantity,
    {'client': choose(key, 'client', ['web', 'phone', 'api']), 'version': choose(key, 'version', ['4.1', '4.2'])} as context,
    moment as occurred_at,
    moment + to_seconds(1 + pick(key, 'until received', 90)) as received_at,
    timed.sub__
from timed
left join members as second_one
    on timed.sub__ = second_one.sub__ and second_one.nth__ = 1 and second_one.joined_at__ < moment
