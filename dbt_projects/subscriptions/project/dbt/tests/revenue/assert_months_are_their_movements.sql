-- What a segment won and lost in a month is the sum of its movements.
with

movements as (

    select
        segment,
        revenue_month,
        count(*) filter (where movement_kind = 'churn') as n_churned_customers,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'new'), 0) as new_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'reactivation'), 0) as reactivation_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'expansion'), 0) as expansion_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'contraction'), 0) as contraction_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'churn'), 0) as churn_eur_cents
    from {{ ref('mrr_movements') }}
    group by segment, revenue_month

)

select
    months.segment,
    months.revenue_month
from {{ ref('mrr_months') }} as months
full outer join movements
    on
        months.segment = movements.segment
        and months.revenue_month = movements.revenue_month
where
    months.segment is null
    or months.n_churned_customers <> coalesce(movements.n_churned_customers, 0)
    or months.new_eur_cents <> coalesce(movements.new_eur_cents, 0)
    or months.reactivation_eur_cents <> coalesce(movements.reactivation_eur_cents, 0)
    or months.expansion_eur_cents <> coalesce(movements.expansion_eur_cents, 0)
    or months.contraction_eur_cents <> coalesce(movements.contraction_eur_cents, 0)
    or months.churn_eur_cents <> coalesce(movements.churn_eur_cents, 0)
