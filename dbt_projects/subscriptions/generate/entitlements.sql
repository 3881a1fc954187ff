-- Actions that a workspace may take beyond its plan, for some days; some are withdrawn, and gone.
with given as (
    select
        subs.*,
        unnest(range(1 + pick(sub__, 'how many', 2))) as nth
    from subs
    where place__ % 3 = 1
),

dated as (
    select
        *,
        -- The first of a month, a day before it, or any day.
        case place__ % 4
            when 0 then date '2024-05-01'
            when 1 then date '2024-04-30'
            else start_date() + pick([sub__, nth], 'first day', 12)
        end as valid_from
    from given
)

select *, updated_at as arrives_at__
from (
    select
        identifier('entitlement', sub__ * 4 + nth) as entitlement_id,
        workspace_id__ as workspace_id,
        choose([sub__, nth], 'feature', ['boards', 'forms', 'exports', 'sensors']) as feature_code,
        10 * (1 + pick([sub__, nth], 'actions', 8)) as extra_actions,
        valid_from,
        case when place__ % 5 = 1 then valid_from when place__ % 5 > 2 then valid_from + 3 + pick([sub__, nth], 'days', 25) end as valid_to,
        greatest(begins_at__ + interval 1 day, (valid_from - pick([sub__, nth], 'days ahead', 12) + interval 10 hours)::timestamptz) as updated_at,
        -- Some are withdrawn on the day after the first run.
        case when place__ % 30 = 1 and updated_at < start_date()::timestamptz + interval 14 days
            then start_date()::timestamptz + to_seconds(14 * 86400 + 30000 + pick([sub__, nth], 'withdrawn', 40000)) end as deleted_at__,
        sub__,
        nth as nth__
    from dated
)
