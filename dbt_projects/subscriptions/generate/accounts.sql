-- Accounts; some get another owner, some turn out to be larger.
with versions as (
    select
        *,
        unnest(range(1, 2 + (draw(prospect__, 'changes') < 0.4)::integer + (draw(prospect__, 'changes again') < 0.3)::integer))
            as version
    from prospects
),

dated as (
    select
        *,
        case when version = 1 then met_at__ else
            greatest(met_at__, start_date()::timestamptz)
            + to_seconds((version - 2) * 500000 + 7200 + pick([prospect__, version], 'change', 1400000))
        end as changed_at,
        version > 1 and draw([prospect__, 2], 'gets larger') < 0.4 as is_larger
    from versions
)

select
    account_id__ as account_id,
    company_name(prospect__) as name,
    case when is_larger and segment__ = 'smb' then 'mid' when is_larger then 'enterprise' else segment__ end as segment,
    country__ as country_code,
    text_identifier('owner', pick([prospect__, case when is_larger then 1 else version end], 'owner', 9), 'OWN') as owner_id,
    met_at__ as created_at,
    changed_at as updated_at,
    prospect__,
    version as version__,
    -- Who signs up later is not known before.
    greatest(changed_at, coalesce(signed_up_at__, changed_at)) as arrives_at__
from dated
