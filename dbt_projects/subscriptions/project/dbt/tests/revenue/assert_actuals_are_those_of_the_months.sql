-- What was reached is what the months say, and unknown where they say nothing.
select
    targets.target_month,
    targets.segment
from {{ ref('targets_against_actuals') }} as targets
left join {{ ref('mrr_months') }} as months
    on
        targets.target_month = months.revenue_month
        and targets.segment = months.segment
where
    targets.new_actual_eur_cents is distinct from months.new_eur_cents + months.reactivation_eur_cents
    or targets.expansion_actual_eur_cents is distinct from months.expansion_eur_cents
    or targets.lost_actual_eur_cents is distinct from -(months.contraction_eur_cents + months.churn_eur_cents)
    or targets.new_attained_share is distinct from targets.new_actual_eur_cents / targets.new_target_eur_cents
    or targets.expansion_attained_share
    is distinct from targets.expansion_actual_eur_cents / targets.expansion_target_eur_cents
    or targets.lost_left_eur_cents is distinct from targets.lost_target_eur_cents - targets.lost_actual_eur_cents
    or targets.new_target_eur_cents <= 0
    or targets.expansion_target_eur_cents <= 0
    or targets.lost_target_eur_cents < 0
