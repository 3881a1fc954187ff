with

targets as (

    select * from {{ ref('stg_finance__mrr_targets') }}

),

actuals as (

    select * from {{ ref('mrr_months') }}

),

joined as (

    select
        targets.target_month,
        targets.segment,
        targets.new_mrr_eur * 100 as new_target_eur_cents,
        actuals.new_eur_cents + actuals.reactivation_eur_cents as new_actual_eur_cents,
        targets.expansion_mrr_eur * 100 as expansion_target_eur_cents,
        actuals.expansion_eur_cents as expansion_actual_eur_cents,
        targets.lost_mrr_eur * 100 as lost_target_eur_cents,
        -(actuals.contraction_eur_cents + actuals.churn_eur_cents) as lost_actual_eur_cents
    from targets
    left join actuals
        on
            targets.target_month = actuals.revenue_month
            and targets.segment = actuals.segment

),

with_shares as (

    select
        *,
        new_actual_eur_cents / new_target_eur_cents as new_attained_share,
        expansion_actual_eur_cents / expansion_target_eur_cents as expansion_attained_share,
        lost_target_eur_cents - lost_actual_eur_cents as lost_left_eur_cents
    from joined

)

select * from with_shares
