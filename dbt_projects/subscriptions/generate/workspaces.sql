-- One workspace a subscription; some are renamed, some of them on the day after the first run.
with versions as (
    select
        *,
        place__ % 9 = 4 as is_of_next_day,
        unnest(range(1, 2 + (draw(sub__, 'is renamed') < 0.15 or place__ % 9 = 4)::integer)) as version
    from subs
)

select *, updated_at as arrives_at__
from (
    select
        workspace_id__ as workspace_id,
        subscription_id__ as subscription_id,
        choose([sub__, version], 'head', ['Main', 'Paint shop', 'Assembly', 'Service', 'Depot']) || ' ' || (sub__ % 100)::varchar as name,
        case when country__ = 'US' then 'us' when country__ in ('GB', 'IE') then 'uk' else 'eu' end as region,
        case when country__ = 'US' then 'America/New_York' when country__ in ('GB', 'IE') then 'Europe/London' else 'Europe/Amsterdam' end
            as time_zone,
        begins_at__ + interval 1 minute as created_at,
        case when version = 1 then begins_at__ + interval 1 minute else
            greatest(begins_at__, start_date()::timestamptz)
            + to_seconds(case when is_of_next_day then 14 * 86400 + 30000 + pick(sub__, 'renamed', 40000) else 9000 + pick(sub__, 'renamed', 1300000) end)
        end as updated_at,
        sub__,
        version as version__
    from versions
)
