-- What a segment has at the end of a month is what it had before and what was won and lost since.
select
    segment,
    revenue_month
from {{ ref('mrr_months') }}
where
    opening_mrr_eur_cents + new_eur_cents + reactivation_eur_cents + expansion_eur_cents + contraction_eur_cents
    + churn_eur_cents <> closing_mrr_eur_cents
