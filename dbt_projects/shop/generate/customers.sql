-- Customers with their address; some move, some change their mind about the newsletter.
with joined as (
    select
        persons.*,
        coalesce(visits.started_at__ + interval 4 minutes, persons.day__ + to_seconds(pick(persons.person__, 'time', 86400)))::timestamptz
            as signed_up_at
    from persons
    left join visits on persons.person__ = visits.person__ and visits.kind__ = 'newcomer'
),

versions as (
    select
        *,
        unnest(range(1, 2 + (draw(person__, 'changes') < 0.55)::integer + (draw(person__, 'changes again') < 0.15)::integer))
            as version
    from joined
),

dated as (
    select
        *,
        case when version = 1 then signed_up_at else
            greatest(signed_up_at, start_date()::timestamptz)
            + to_seconds(
                (version - 2) * 900000 + 3600 + pick([person__, version], 'change', 2600000)
            )
        end as changed_at,
        -- What changes with the second version: the address for two in three, the consent for the others.
        draw([person__, 2], 'moves') < 0.66 as is_first_move
    from versions
),

addressed as (
    select
        *,
        case when version = 1 then 0 when version = 2 then is_first_move::integer else 1 + is_first_move::integer end
            as n_moves,
        (version >= 2 and not is_first_move)::integer as n_consents
    from dated
),

with_country as (
    select
        addressed.*,
        case
            when n_moves > 0 and draw([person__, n_moves], 'abroad') < 0.2 then choose([person__, n_moves], 'to', ['DE', 'AT', 'NL', 'CH'])
            else country_code__
        end as country_code
    from addressed
)

select
    customer_id__ as customer_id,
    lower(email([person__, 0])) as email,
    person_name([person__, 0]) as full_name,
    street([person__, n_moves]) as street,
    choose([person__, n_moves], 'city', cities__) as city,
    (10000 + pick([person__, n_moves], 'postcode', 89999))::varchar as postal_code,
    with_country.country_code,
    (draw(person__, 'consent') < 0.6) <> (n_consents = 1) as has_marketing_consent,
    signed_up_at,
    changed_at as updated_at,
    person__,
    version as version__,
    changed_at as arrives_at__
from with_country
inner join markets on with_country.country_code = markets.country_code__
