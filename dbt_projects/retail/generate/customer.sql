-- Customers; half of them move, or change their mind about the newsletter.
with versions as (
    select *, 1 as version, start_date()::timestamptz - to_days(3 + pick(person__, 'before', 400)) as changed_at
    from persons
    union all
    select *, 2, start_date()::timestamptz + to_seconds(40000 + pick(person__, 'change', 1150000)) from persons where changes__
    union all
    select *, 3, start_date()::timestamptz + to_seconds(1225000 + pick(person__, 'change again', 170000))
    from persons
    where changes__ and person__ % 2 = 1
)

select
    customer_id__ as customer_sk,
    text_identifier('customer code', person__, 'C') as customer_code,
    person_name([person__, 0]) as full_name,
    email([person__, 0]) as email,
    case when draw(person__, 'tells the year') < 0.9 then 1940 + pick(person__, 'born', 65) end as birth_year,
    identifier('address', person__ * 10 + case when version >= 2 and moves__ then 1 else 0 end + case when version = 3 and moves__ then 1 else 0 end)
        as address_sk,
    case when draw(person__, 'is known') < 0.92 then 1 + pick(person__, 'demography', 60) end as demo_sk,
    case when draw(person__, 'household is known') < 0.9 then 1 + pick(person__, 'household', 48) end as household_demo_sk,
    (draw(person__, 'newsletter') < 0.5) <> (version = 2 and not moves__) as takes_newsletter,
    (changed_at - interval 5 hours)::date as signed_up_on__,
    changed_at as updated_at,
    person__,
    version as version__,
    changed_at as arrives_at__
from versions
