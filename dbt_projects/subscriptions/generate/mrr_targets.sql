-- Targets by month and segment; some are set again in the last days.
with months as (
    select unnest(generate_series(date '2023-10-01', date '2024-07-01', interval 1 month))::date as month
),

listed as (
    select month, segment, [segment, month::varchar] as key
    from months
    cross join unnest(['smb', 'mid', 'enterprise']) as segments (segment)
)

select
    strftime(month, '%Y-%m') as target_month,
    segment,
    100 * (3 + pick(key, 'new', 20)) as new_mrr_eur,
    50 * (1 + pick(key, 'expansion', 20)) as expansion_mrr_eur,
    50 * (1 + pick(key, 'lost', 12)) as lost_mrr_eur,
    (start_date() - 20 + interval 9 hours)::timestamptz as published_at,
    1 as version__,
    (start_date() - 20 + interval 9 hours)::timestamptz as arrives_at__
from listed
union all
select
    strftime(month, '%Y-%m'),
    segment,
    100 * (3 + pick(key, 'new again', 20)),
    50 * (1 + pick(key, 'expansion again', 20)),
    50 * (1 + pick(key, 'lost', 12)),
    (start_date() + to_days(((5 + pick(key, 'set again on', 12)))::integer) + interval 10 hours)::timestamptz,
    2,
    (start_date() + to_days(((5 + pick(key, 'set again on', 12)))::integer) + interval 10 hours)::timestamptz
from listed
where draw(key, 'is set again') < 0.4
