-- What marketing may spend on a campaign in a week, set on the Friday before; some are changed on the Wednesday of the week. Radio has a
-- budget, and no costs that anybody sends.
with weeks as (
    select distinct date_trunc('week', day)::date as week_start from dates(ahead := 7)
),

planned as (
    select
        campaign,
        week_start,
        [campaign, date_diff('day', date '2000-01-03', week_start)::varchar] as key,
        (usual_cents * 7 * (80 + pick(key, 'budget', 45)) // 100) // 1000 * 1000 as budget_cents,
        (week_start - 3 + interval 9 hours + to_minutes(pick(key, 'minute', 200)))::timestamptz as set_at
    from weeks
    cross join (
        values ('brand', 5200), ('generic', 9400), ('spring', 9100), ('play', 4100), ('dealsites', 3300), ('radio', 6000)
    ) as campaigns (campaign, usual_cents)
    where draw(key, 'has a budget') < 0.92
)

select campaign, week_start, (budget_cents / 100)::decimal(12, 2) as budget_eur, set_at as decided_at, 1 as version__, set_at as arrives_at__
from planned
union all
select
    campaign, week_start, ((budget_cents + wobble(key, 'changed', 12) * 1000) / 100)::decimal(12, 2), set_at + interval 5 days, 2,
    set_at + interval 5 days
from planned
where draw(key, 'is moved') < 0.4
