-- Seats: given once, some taken back.
with steps as (
    select *, 1 as version, joined_at__ as changed_at from members
    union all
    select *, 2, left_at__ from members where left_at__ is not null
)

select *, updated_at as arrives_at__
from (
    select
        identifier('seat', member__) as seat_id,
        workspace_id__ as workspace_id,
        user_id__ as user_id,
        case when nth__ = 0 then 'admin' else choose(member__, 'role', ['member', 'member', 'viewer']) end as role,
        joined_at__ as granted_at,
        case when version = 2 then left_at__ end as revoked_at,
        changed_at as updated_at,
        member__,
        version as version__
    from steps
)
