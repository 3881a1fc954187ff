-- Subscriptions as they are now: a version for each step.
select
    subscription_id__ as subscription_id,
    customer_id__ as customer_id,
    price_id__ as price_id,
    seats__ as quantity,
    discount_percent__ as discount_percent,
    case kind__ when 'trial_started' then 'trialing' when 'canceled' then 'canceled' else 'active' end as status,
    case when kind__ = 'canceled' then at__ end as canceled_at,
    begins_at__ as created_at,
    at__ as updated_at,
    sub__,
    step__ as version__,
    at__ as arrives_at__
from steps
