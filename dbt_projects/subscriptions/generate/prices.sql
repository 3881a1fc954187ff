-- Prices by plan, currency and interval; all of them went up in February 2024. A year costs ten months and a bit.
with listed as (
    select
        plan,
        currency,
        yearly,
        generation,
        usual,
        factor,
        ((plan * 3 + place) * 2 + yearly) * 2 + generation as number
    from (values (0, 900), (1, 1400), (2, 2300), (3, 69000)) as plans (plan, usual)
    cross join (values (0, 'EUR', 100), (1, 'USD', 108), (2, 'GBP', 86)) as currencies (place, currency, factor)
    cross join (values (0), (1)) as intervals (yearly)
    cross join (values (0), (1)) as generations (generation)
)

select
    text_identifier('price', number, 'price_') as price_id,
    (select plans.plan_id from plans where plans.plan__ = listed.plan) as plan_id,
    currency,
    case yearly when 1 then 'year' else 'month' end as billing_interval,
    case plan when 3 then 'flat' else 'per_seat' end as scheme,
    (usual * factor // 100 * case generation when 1 then 107 else 100 end // 100 * case yearly when 1 then 10 else 1 end
        + yearly * 37)::bigint as unit_amount_cents,
    generation = 1 as is_active,
    case generation when 1 then timestamptz '2024-01-15 09:00:00+00' else timestamptz '2023-01-02 09:00:00+00' end
        as created_at,
    plan as plan__,
    yearly as yearly__,
    generation = 1 as is_new__
from listed
