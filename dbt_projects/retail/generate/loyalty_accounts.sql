-- Accounts of the loyalty scheme; tiers move, some accounts are closed.
with holders as (
    select *, start_date()::timestamptz - to_days(5 + pick(person__, 'opened', 500)) as opened_at
    from persons
    where account_id__ is not null
),

versions as (
    select *, 1 as version, opened_at as changed_at from holders
    union all
    select *, 2, start_date()::timestamptz + to_seconds(30000 + pick(person__, 'tier moves', 1290000))
    from holders
    where draw(person__, 'has another tier') < 0.45
    union all
    select *, 3, start_date()::timestamptz + to_seconds(400000 + pick(person__, 'is closed', 900000))
    from holders
    where draw(person__, 'closes') < 0.1
)

select
    account_id__ as account_id,
    customer_id__ as customer_sk,
    choose([person__, least(version, 2)], 'tier', ['bronze', 'silver', 'platinum']) as tier,
    case when version = 3 then 'closed' else 'open' end as status,
    (opened_at - interval 5 hours)::date as opened_on,
    changed_at as updated_at,
    person__,
    version as version__,
    changed_at as arrives_at__
from versions
