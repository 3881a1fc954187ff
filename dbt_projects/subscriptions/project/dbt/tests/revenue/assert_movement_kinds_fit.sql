-- A movement is called what its amounts say, and moves the right way.
select
    customer_id,
    revenue_month
from {{ ref('mrr_movements') }}
where
    (movement_kind = 'churn') <> (closing_mrr_cents = 0)
    or (movement_kind in ('new', 'reactivation')) <> (opening_mrr_cents = 0)
    or (movement_kind in ('churn', 'contraction')) <> (closing_mrr_cents < opening_mrr_cents)
    or opening_mrr_cents = closing_mrr_cents
    or sign(change_eur_cents) <> sign(closing_mrr_cents - opening_mrr_cents)
    or (currency = 'EUR' and change_eur_cents <> closing_mrr_cents - opening_mrr_cents)
    or segment not in ('smb', 'mid', 'enterprise', 'self_serve')
