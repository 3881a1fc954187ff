-- What one euro costs, on the business days of the ECB, to four decimals as finance writes it; some rates come a day late, and some are
-- wrong at first and restated the day after.
with listed as (
    select
        rate_date__ as rate_date,
        currency__ as currency,
        round(units_per_eur__, 4)::decimal(12, 4) as units_per_eur,
        [currency__, (rate_date__ - start_date())::varchar] as key,
        (rate_date__ + interval 14 hours + interval 15 minutes)::timestamptz as published_at,
        case when draw(key, 'is late') < 0.07 then published_at + interval 22 hours else published_at end as arrives_at,
        draw(key, 'is restated') < 0.12 as is_restated
    from ecb_rates
    where rate_date__ between start_date() - 10 and as_of()
)

select
    rate_date,
    currency,
    case
        when is_restated then round(units_per_eur * (1 + 0.004 * wobble(key, 'restated', 3)), 4)::decimal(12, 4)
        else units_per_eur
    end as units_per_eur,
    arrives_at as published_at,
    1 as version__,
    arrives_at as arrives_at__
from listed
union all
select rate_date, currency, units_per_eur, arrives_at + interval 23 hours, 2, arrives_at + interval 23 hours
from listed
where is_restated
