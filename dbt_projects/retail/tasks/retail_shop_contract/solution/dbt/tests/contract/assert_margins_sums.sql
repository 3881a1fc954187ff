-- Gross, net, cost and margin fit.
select
    category,
    sold_on
from {{ ref('category_margin_days') }}
where
    gross_cents <> net_cents + discount_cents
    or margin_cents <> net_cents - cost_cents
    or abs(margin_share - margin_cents / net_cents) > 0.000001
    or n_promotion_lines > n_lines
    or n_units < n_lines
