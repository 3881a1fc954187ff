-- Customers as billing knows them; some change their address for bills or move to another country.
with versions as (
    select
        *,
        unnest(range(1, 2 + (draw(firm__, 'changes') < 0.75)::integer + (draw(firm__, 'changes again') < 0.25)::integer))
            as version
    from firms
),

-- Half of the first changes are made in the very second in which an invoice is issued.
drawn as (
    select
        firm__,
        greatest(created_at__, start_date()::timestamptz) + to_seconds(3600 + pick(firm__, 'change', 1300000)) as drawn_at
    from firms
),

first_changes as (
    select
        drawn.firm__,
        drawn.drawn_at,
        min(bills.issued_at__) as billed_at
    from drawn
    left join bills
        on drawn.firm__ = bills.firm__ and bills.issued_at__ > drawn.drawn_at and not bills.is_discarded__
        and draw(drawn.firm__, 'when billed') < 0.6
    group by drawn.firm__, drawn.drawn_at
),

dated as (
    select
        versions.*,
        case version
            when 1 then created_at__
            when 2 then coalesce(billed_at, drawn_at)
            else coalesce(billed_at, drawn_at) + to_seconds(3600 + pick(versions.firm__, 'second change', 900000))
        end as changed_at,
        version - 1 - (version > 1 and draw([versions.firm__, version], 'moves') < 0.4)::integer as n_mails,
        case when version > 1 and draw([versions.firm__, version], 'moves') < 0.4
            then choose([versions.firm__, version], 'to', ['BE', 'DK', 'NL', 'IE']) end as moved_to
    from versions
    inner join first_changes on versions.firm__ = first_changes.firm__
)

select
    customer_id__ as customer_id,
    case when has_account__ then account_id__ end as account_reference,
    company_name(dated.firm__) as name,
    email([dated.firm__, n_mails]) as email,
    coalesce(last_value(moved_to ignore nulls) over (partition by dated.firm__ order by version rows unbounded preceding), country__)
        as country_code,
    currency__ as currency,
    is_test__ as is_test,
    created_at__ as created_at,
    changed_at as updated_at,
    dated.firm__,
    version as version__,
    changed_at as arrives_at__
from dated
