-- What one euro costs, on business days since June 2023; some rates are restated the day after.
with days as (
    select unnest(generate_series(date '2023-04-24', as_of(), interval 1 day))::date as rate_date
),

listed as (
    select
        rate_date,
        currency,
        usual,
        [currency, (rate_date - date '2023-04-24')::varchar] as key
    from days
    cross join (values ('USD', 1.0790), ('GBP', 0.8560)) as currencies (currency, usual)
    -- No rates at weekends, on New Year's Day and on the first of May.
    where isodow(rate_date) < 6 and strftime(rate_date, '%m-%d') not in ('01-01', '05-01')
),

walked as (
    select
        *,
        round(usual * (1 + 0.012 * (draw(key, 'rate') + draw(key, 'rate too') - 1)), 4)::decimal(12, 4) as units_per_eur,
        (rate_date + interval 15 hours)::timestamptz as published_at
    from listed
)

select rate_date, currency, units_per_eur, published_at, 1 as version__, published_at as arrives_at__
from walked
union all
select
    rate_date,
    currency,
    round(units_per_eur * (1 + 0.003 * wobble(key, 'restated', 3)), 4)::decimal(12, 4),
    published_at + interval 25 hours,
    2,
    published_at + interval 25 hours
from walked
where draw(key, 'is restated') < 0.3
