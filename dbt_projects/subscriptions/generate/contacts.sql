with people as (
    select prospects.*, unnest(range(1 + pick(prospect__, 'people', 3))) as nth from prospects
)

select * exclude (signed_up_at__), greatest(updated_at, coalesce(signed_up_at__, updated_at)) as arrives_at__
from (
    select
        text_identifier('contact', prospect__ * 4 + nth, 'CON') as contact_id,
        account_id__ as account_id,
        person_name([prospect__, nth]) as full_name,
        email([prospect__, nth]) as email,
        choose([prospect__, nth], 'role', ['buyer', 'user', 'finance']) as role,
        draw([prospect__, nth], 'opted out') < 0.2 as is_opted_out,
        met_at__ + to_hours((nth * 30)::integer) as updated_at,
        prospect__,
        signed_up_at__
    from people
)
