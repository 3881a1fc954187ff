select
    plan as plan__,
    plan_id,
    name,
    tier,
    included_seats,
    included_actions
from (
    values
    (0, 'starter', 'Starter', 1, 3, 60),
    (1, 'team', 'Team', 2, 10, 100),
    (2, 'business', 'Business', 3, 20, 160),
    (3, 'enterprise', 'Enterprise', 4, 25, 400)
) as listed (plan, plan_id, name, tier, included_seats, included_actions)
