-- What campaigns cost by day. The platforms send a first figure the next morning and better ones on the two mornings after.
with campaigns as (
    select * from (
        values
        ('paid_search', 'brand', 5200, 'EUR'),
        ('paid_search', 'generic', 9400, 'EUR'),
        ('paid_social', 'spring', 7800, 'GBP'),
        ('paid_social', 'play', 4100, 'EUR'),
        ('affiliate', 'dealsites', 3300, 'EUR')
    ) as rows (channel, campaign, usual_cents, currency)
),

days as (
    select
        campaigns.*,
        day,
        [campaign, (day - start_date())::varchar] as key,
        round(usual_cents * (0.6 + 0.8 * draw(key, 'cost')))::bigint as final_cents,
        120 + pick(key, 'clicks', 500) as n_clicks
    from campaigns
    cross join dates()
)

select
    day as cost_date,
    channel,
    campaign,
    currency,
    n_clicks,
    case nth
        when 1 then round(final_cents * (0.7 + 0.2 * draw(key, 'first')))::bigint
        when 2 then round(final_cents * (0.92 + 0.1 * draw(key, 'second')))::bigint
        else final_cents
    end as cost_cents,
    (day + nth::integer + interval 5 hours + to_minutes(pick(key, 'minute', 50)))::timestamptz as reported_at,
    nth as version__,
    (day + nth::integer + interval 5 hours + to_minutes(pick(key, 'minute', 50)))::timestamptz as arrives_at__
from days
cross join (select unnest([1, 2, 3]) as nth) as reports
