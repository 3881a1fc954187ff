select
    text_identifier('campaign', number, 'CMP') as campaign_id,
    name,
    channel,
    started_on::date as started_on,
    case when number % 2 = 0 then started_on::date + 45 end as ended_on,
    (1500 + 500 * pick(number, 'cost', 20)) * 100::bigint as cost_eur_cents,
    (started_on::date + interval 8 hours)::timestamptz as updated_at,
    number as campaign__
from (
    values
    (0, 'Summer webinar', 'webinar', '2023-07-03'),
    (1, 'Workshop fair', 'fair', '2023-10-16'),
    (2, 'Search ads', 'ads', '2023-06-12'),
    (3, 'Partner letters', 'partner', '2024-01-08'),
    (4, 'Spring webinar', 'webinar', '2024-03-11'),
    (5, 'Trade magazine', 'ads', '2023-09-04'),
    (6, 'Autumn fair', 'fair', '2024-04-22')
) as listed (number, name, channel, started_on)
