with

subscription_months as (

    select * from {{ ref('int_subscription_months') }}

),

customers as (

    select * from {{ ref('stg_billing__customers') }}

),

accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

summed as (

    select
        customer_id,
        revenue_month,
        cast(sum(mrr_cents) as bigint) as closing_mrr_cents
    from subscription_months
    group by customer_id, revenue_month

),

compared as (

    select
        customer_id,
        revenue_month,
        coalesce(lag(closing_mrr_cents) over months_so_far, 0) as opening_mrr_cents,
        closing_mrr_cents,
        max(closing_mrr_cents) over months_so_far as highest_mrr_cents
    from summed
    window months_so_far as (
        partition by customer_id
        order by revenue_month
    )

),

with_kind as (

    select
        *,
        case
            when closing_mrr_cents = opening_mrr_cents then 'unchanged'
            when closing_mrr_cents = 0 then 'churn'
            when closing_mrr_cents < opening_mrr_cents then 'contraction'
            when opening_mrr_cents <> 0 then 'expansion'
            when lag(highest_mrr_cents)
                    over (
                        partition by customer_id
                        order by revenue_month
                    )
                <> 0 then 'reactivation'
            else 'new'
        end as movement_kind
    from compared

),

in_euros as (

    select
        with_kind.customer_id,
        coalesce(accounts.segment, 'self_serve') as segment,
        customers.currency,
        with_kind.movement_kind,
        with_kind.opening_mrr_cents,
        with_kind.closing_mrr_cents,
        {{ to_euro_cents('with_kind.opening_mrr_cents', 'coalesce(rates.units_per_10000_eur, 10000)') }}
            as opening_mrr_eur_cents,
        {{ to_euro_cents('with_kind.closing_mrr_cents', 'coalesce(rates.units_per_10000_eur, 10000)') }}
            as closing_mrr_eur_cents,
        with_kind.revenue_month
    from with_kind
    inner join customers on with_kind.customer_id = customers.customer_id
    left join accounts on customers.account_id = accounts.account_id
    left join rates
        on
            customers.currency = rates.currency
            and with_kind.revenue_month = rates.rate_day
    where not customers.is_test

)

select * from in_euros
