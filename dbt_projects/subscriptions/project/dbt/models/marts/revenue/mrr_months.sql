with

customer_months as (

    select
        *,
        closing_mrr_eur_cents - opening_mrr_eur_cents as change_eur_cents
    from {{ ref('int_customer_months') }}

),

summed as (

    select
        segment,
        count(*) filter (where closing_mrr_eur_cents <> 0) as n_paying_customers,
        count(*) filter (where movement_kind = 'churn') as n_churned_customers,
        sum(opening_mrr_eur_cents) as opening_mrr_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'new'), 0) as new_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'reactivation'), 0) as reactivation_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'expansion'), 0) as expansion_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'contraction'), 0) as contraction_eur_cents,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'churn'), 0) as churn_eur_cents,
        sum(closing_mrr_eur_cents) as closing_mrr_eur_cents,
        revenue_month
    from customer_months
    group by segment, revenue_month

),

with_share as (

    select
        segment,
        n_paying_customers,
        n_churned_customers,
        cast(opening_mrr_eur_cents as bigint) as opening_mrr_eur_cents,
        cast(new_eur_cents as bigint) as new_eur_cents,
        cast(reactivation_eur_cents as bigint) as reactivation_eur_cents,
        cast(expansion_eur_cents as bigint) as expansion_eur_cents,
        cast(contraction_eur_cents as bigint) as contraction_eur_cents,
        cast(churn_eur_cents as bigint) as churn_eur_cents,
        cast(closing_mrr_eur_cents as bigint) as closing_mrr_eur_cents,
        (opening_mrr_eur_cents + expansion_eur_cents + contraction_eur_cents + churn_eur_cents)
        / nullif(opening_mrr_eur_cents, 0) as net_retention,
        revenue_month
    from summed

)

select * from with_share
