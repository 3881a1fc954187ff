with

customer_months as (

    select * from {{ ref('int_customer_months') }}

),

movements as (

    select
        customer_id,
        segment,
        currency,
        movement_kind,
        opening_mrr_cents,
        closing_mrr_cents,
        closing_mrr_eur_cents - opening_mrr_eur_cents as change_eur_cents,
        revenue_month
    from customer_months
    where movement_kind <> 'unchanged'

)

select * from movements
