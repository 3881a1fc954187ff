-- Who works in which workspace. For the generator only.
with listed as (
    select subs.*, unnest(range(2 + pick(sub__, 'people', 4))) as nth from subs
)

select
    sub__,
    nth as nth__,
    sub__ * 8 + nth as member__,
    workspace_id__,
    identifier('user', sub__ * 8 + nth) as user_id__,
    -- The first one is there from the first minute on.
    begins_at__ + interval 2 minutes + to_seconds(case when nth = 0 then 0 else pick([sub__, nth], 'joins', 20 * 86400) end) as joined_at__,
    case
        when nth > 0 and draw([sub__, nth], 'leaves') < 0.3
            then begins_at__ + to_seconds(21 * 86400 + pick([sub__, nth], 'leaves at', 200 * 86400))
        -- On the day after the first run somebody leaves on each seed.
        when nth = 1 and place__ % 8 = 3 and joined_at__ < start_date()::timestamptz
            then start_date()::timestamptz + to_seconds(14 * 86400 + 30000 + pick(sub__, 'leaves next day', 40000))
    end as left_at__
from listed
