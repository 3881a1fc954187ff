with

subscription_months as (

    select * from {{ ref('int_subscription_months') }}

),

plans as (

    select * from {{ ref('stg_billing__plans') }}

),

test_customers as (

    select customer_id
    from {{ ref('stg_billing__customers') }}
    where is_test

),

paying as (

    select
        subscription_months.subscription_id,
        subscription_months.plan_id,
        plans.plan_name,
        plans.tier,
        subscription_months.quantity,
        subscription_months.revenue_month
    from subscription_months
    inner join plans on subscription_months.plan_id = plans.plan_id
    where
        subscription_months.mrr_cents <> 0
        and subscription_months.customer_id not in (select test_customers.customer_id from test_customers)

),

compared as (

    select
        *,
        lag(tier) over (
            partition by subscription_id
            order by revenue_month
        ) as last_tier,
        lag(quantity) over (
            partition by subscription_id
            order by revenue_month
        ) as last_quantity
    from paying

),

aggregated as (

    select
        plan_id,
        any_value(plan_name) as plan_name,
        count(*) as n_subscriptions,
        cast(sum(quantity) as bigint) as n_seats,
        count(*) filter (where tier > last_tier) as n_upgrades,
        count(*) filter (where tier < last_tier) as n_downgrades,
        cast(sum(greatest(quantity - last_quantity, 0)) as bigint) as n_seats_added,
        cast(sum(greatest(last_quantity - quantity, 0)) as bigint) as n_seats_removed,
        revenue_month
    from compared
    group by plan_id, revenue_month

)

select * from aggregated
