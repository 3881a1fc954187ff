with

customer_months as (

    select
        customer_id,
        closing_mrr_eur_cents,
        revenue_month,
        min(revenue_month) filter (where closing_mrr_eur_cents <> 0) over (partition by customer_id) as cohort_month
    from {{ ref('int_customer_months') }}

),

aggregated as (

    select
        cohort_month,
        date_diff('month', cohort_month, revenue_month) as month_number,
        count(*) as n_customers,
        count(*) filter (where closing_mrr_eur_cents <> 0) as n_paying_customers,
        cast(sum(closing_mrr_eur_cents) as bigint) as mrr_eur_cents
    from customer_months
    where revenue_month >= cohort_month
    group by cohort_month, revenue_month

),

with_shares as (

    select
        cohort_month,
        month_number,
        n_customers,
        n_paying_customers,
        n_customers - n_paying_customers as n_lost_customers,
        mrr_eur_cents,
        n_paying_customers / n_customers as paying_share,
        mrr_eur_cents / first_value(mrr_eur_cents) over (
            partition by cohort_month
            order by month_number
        ) as mrr_share
    from aggregated

)

select * from with_shares
