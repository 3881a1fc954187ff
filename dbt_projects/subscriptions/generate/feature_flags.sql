with listed as (
    select subs.*, flag, unnest(range(1, 2 + (draw([sub__::varchar, flag], 'turns') < 0.4 or place__ % 9 = 5)::integer)) as version
    from subs
    cross join unnest(['new_board', 'beta_sensors']) as flags (flag)
    where draw([sub__::varchar, flag], 'has flag') < 0.4
)

select *, updated_at as arrives_at__
from (
    select
        identifier('flag', sub__ * 2 + (flag = 'new_board')::integer) as flag_id,
        workspace_id__ as workspace_id,
        flag as flag_name,
        (version = 1) = (draw([sub__::varchar, flag], 'is on') < 0.6) as is_enabled,
        case when version = 1 then begins_at__ + interval 3 hours else
            greatest(begins_at__ + interval 1 day, start_date()::timestamptz)
            -- Some turn on the day after the first run.
            + to_seconds(
                case when place__ % 9 = 5 then 14 * 86400 + 30000 else 5000 end
                + pick([sub__::varchar, flag], 'when', case when place__ % 9 = 5 then 40000 else 1300000 end)
            )
        end as updated_at,
        sub__,
        version as version__
    from listed
)
