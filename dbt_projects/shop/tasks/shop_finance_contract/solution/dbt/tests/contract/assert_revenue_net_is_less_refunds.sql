-- Net revenue is revenue less refunds, in both currencies.
select
    department_id,
    order_date
from {{ ref('category_revenue_days') }}
where
    net_revenue_eur_cents is distinct from revenue_eur_cents - refunded_eur_cents
    or net_revenue_usd_cents is distinct from revenue_usd_cents - refunded_usd_cents
