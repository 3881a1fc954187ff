select *, updated_at as arrives_at__
from (
    select
        user_id__ as user_id,
        email(member__) as email,
        person_name(member__) as full_name,
        joined_at__ as created_at,
        joined_at__ as updated_at,
        member__
    from members
)
