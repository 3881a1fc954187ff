with

customer_months as (

    select
        *,
        closing_mrr_eur_cents - opening_mrr_eur_cents as change_eur_cents
    from {{ ref('int_customer_months') }}

),

summed_groups as (

    select distinct
        segment,
        revenue_month
    from customer_months

),

n_paying_customers_of_summed as (

    select
        segment,
        revenue_month,
        count(*) filter (where closing_mrr_eur_cents <> 0) as n_paying_customers
    from customer_months
    group by segment, revenue_month

),

n_churned_customers_of_summed as (

    select
        segment,
        revenue_month,
        count(*) filter (where movement_kind = 'churn') as n_churned_customers
    from customer_months
    group by segment, revenue_month

),

opening_mrr_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        sum(opening_mrr_eur_cents) as opening_mrr_eur_cents
    from customer_months
    group by segment, revenue_month

),

new_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'new'), 0) as new_eur_cents
    from customer_months
    group by segment, revenue_month

),

reactivation_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'reactivation'), 0) as reactivation_eur_cents
    from customer_months
    group by segment, revenue_month

),

expansion_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'expansion'), 0) as expansion_eur_cents
    from customer_months
    group by segment, revenue_month

),

contraction_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'contraction'), 0) as contraction_eur_cents
    from customer_months
    group by segment, revenue_month

),

churn_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        coalesce(sum(change_eur_cents) filter (where movement_kind = 'churn'), 0) as churn_eur_cents
    from customer_months
    group by segment, revenue_month

),

closing_mrr_eur_cents_of_summed as (

    select
        segment,
        revenue_month,
        sum(closing_mrr_eur_cents) as closing_mrr_eur_cents
    from customer_months
    group by segment, revenue_month

),

summed as (

    select
        summed_groups.segment,
        n_paying_customers_of_summed.n_paying_customers,
        n_churned_customers_of_summed.n_churned_customers,
        opening_mrr_eur_cents_of_summed.opening_mrr_eur_cents,
        new_eur_cents_of_summed.new_eur_cents,
        reactivation_eur_cents_of_summed.reactivation_eur_cents,
        expansion_eur_cents_of_summed.expansion_eur_cents,
        contraction_eur_cents_of_summed.contraction_eur_cents,
        churn_eur_cents_of_summed.churn_eur_cents,
        closing_mrr_eur_cents_of_summed.closing_mrr_eur_cents,
        summed_groups.revenue_month
    from summed_groups
    left join n_paying_customers_of_summed
        on
            summed_groups.segment = n_paying_customers_of_summed.segment
            and summed_groups.revenue_month = n_paying_customers_of_summed.revenue_month
    left join n_churned_customers_of_summed
        on
            summed_groups.segment = n_churned_customers_of_summed.segment
            and summed_groups.revenue_month = n_churned_customers_of_summed.revenue_month
    left join opening_mrr_eur_cents_of_summed
        on
            summed_groups.segment = opening_mrr_eur_cents_of_summed.segment
            and summed_groups.revenue_month = opening_mrr_eur_cents_of_summed.revenue_month
    left join new_eur_cents_of_summed
        on
            summed_groups.segment = new_eur_cents_of_summed.segment
            and summed_groups.revenue_month = new_eur_cents_of_summed.revenue_month
    left join reactivation_eur_cents_of_summed
        on
            summed_groups.segment = reactivation_eur_cents_of_summed.segment
            and summed_groups.revenue_month = reactivation_eur_cents_of_summed.revenue_month
    left join expansion_eur_cents_of_summed
        on
            summed_groups.segment = expansion_eur_cents_of_summed.segment
            and summed_groups.revenue_month = expansion_eur_cents_of_summed.revenue_month
    left join contraction_eur_cents_of_summed
        on
            summed_groups.segment = contraction_eur_cents_of_summed.segment
            and summed_groups.revenue_month = contraction_eur_cents_of_summed.revenue_month
    left join churn_eur_cents_of_summed
        on
            summed_groups.segment = churn_eur_cents_of_summed.segment
            and summed_groups.revenue_month = churn_eur_cents_of_summed.revenue_month
    left join closing_mrr_eur_cents_of_summed
        on
            summed_groups.segment = closing_mrr_eur_cents_of_summed.segment
            and summed_groups.revenue_month = closing_mrr_eur_cents_of_summed.revenue_month

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
