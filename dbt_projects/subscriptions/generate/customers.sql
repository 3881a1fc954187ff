-- Customers as billing knows them; some change their address for bills or move to another country.
with versions as (
    select
        *,
        unnest(range(1, 2 + (draw(firm__, 'changes') < 0.5)::integer + (draw(firm__, 'changes again') < 0.2)::integer))
            as version
    from firms
),

dated as (
    select
        *,
        case when version = 1 then created_at__ else
            greatest(created_at__, start_date()::timestamptz)
            + to_seconds((version - 2) * 600000 + 3600 + pick([firm__, version], 'change', 1500000))
        end as changed_at,
        version - 1 - (version > 1 and draw([firm__, version], 'moves') < 0.3)::integer as n_mails,
        case when version > 1 and draw([firm__, version], 'moves') < 0.3 then choose([firm__, version], 'to', ['BE', 'DK', 'NL', 'IE']) end
            as moved_to
    from versions
)

select
    customer_id__ as customer_id,
    case when has_account__ then account_id__ end as account_reference,
    company_name(firm__) as name,
    email([firm__, n_mails]) as email,
    coalesce(last_value(moved_to ignore nulls) over (partition by firm__ order by version rows unbounded preceding), country__)
        as country_code,
    currency__ as currency,
    is_test__ as is_test,
    created_at__ as created_at,
    changed_at as updated_at,
    firm__,
    version as version__,
    changed_at as arrives_at__
from dated
