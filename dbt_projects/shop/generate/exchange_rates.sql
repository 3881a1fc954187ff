-- What one euro costs, on business days; some rates come a day late, some are restated the day after.
with days as (
    select unnest(generate_series(start_date() - 10, as_of(), interval 1 day))::date as rate_date
),

listed as (
    select
        rate_date,
        currency,
        usual,
        [currency, (rate_date - start_date())::varchar] as key
    from days
    cross join (
        values ('USD', 1.0845), ('GBP', 0.8561), ('PLN', 4.3120), ('SEK', 11.4310), ('CHF', 0.9718)
    ) as currencies (currency, usual)
    where isodow(rate_date) < 6
),

walked as (
    select
        *,
        round(usual * (1 + 0.006 * (draw(key, 'rate') + draw(key, 'rate too') - 1) * 2), 4)::decimal(12, 4) as units_per_eur,
        (rate_date + interval 14 hours + interval 15 minutes)::timestamptz as published_at,
        case when draw(key, 'is late') < 0.07 then published_at + interval 22 hours else published_at end as arrives_at
    from listed
)

select
    rate_date,
    currency,
    units_per_eur,
    arrives_at as published_at,
    1 as version__,
    arrives_at as arrives_at__
from walked
union all
select
    rate_date,
    currency,
    round(units_per_eur * (1 + 0.004 * wobble(key, 'restated', 3)), 4)::decimal(12, 4),
    arrives_at + interval 23 hours,
    2,
    arrives_at + interval 23 hours
from walked
where draw(key, 'is restated') < 0.12
