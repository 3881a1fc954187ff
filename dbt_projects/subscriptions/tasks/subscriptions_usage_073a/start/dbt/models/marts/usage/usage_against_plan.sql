with

located as (

    select * from {{ ref('int_usage_located') }}

),

workspaces as (

    select * from {{ ref('stg_app__workspaces') }}

),

subscription_months as (

    select * from {{ ref('int_subscription_months') }}

),

plans as (

    select * from {{ ref('stg_billing__plans') }}

),

entitlements as (

    select * from {{ ref('stg_app__entitlements') }}

),

seat_days as (

    select
        workspace_id,
        {{ first_of_month('seat_date') }} as usage_month,
        max(n_seats_in_use) as most_seats_in_use
    from {{ ref('stg_product__seat_days') }}
    group by all

),

used as (

    select
        workspace_id,
        {{ first_of_month('usage_day') }} as usage_month
    from located
    group by all

),

extra as (

    select
        used.workspace_id,
        used.usage_month,
        cast(sum(entitlements.extra_actions) as bigint) as n_extra_actions
    from used
    inner join entitlements
        on
            used.workspace_id = entitlements.workspace_id
            and entitlements.valid_from <= last_day(used.usage_month)
            and (used.usage_month <= entitlements.valid_to or entitlements.valid_to is null)
    group by used.workspace_id, used.usage_month

),

joined as (

    select
        used.workspace_id,
        used.usage_month,
        workspaces.subscription_id,
        subscription_months.plan_id,
        plans.included_actions + coalesce(extra.n_extra_actions, 0) as n_allowed_actions,
        subscription_months.quantity as n_seats,
        plans.included_seats,
        seat_days.most_seats_in_use
    from used
    inner join workspaces on used.workspace_id = workspaces.workspace_id
    inner join subscription_months
        on
            workspaces.subscription_id = subscription_months.subscription_id
            and used.usage_month = subscription_months.revenue_month
    inner join plans on subscription_months.plan_id = plans.plan_id
    left join extra
        on
            used.workspace_id = extra.workspace_id
            and used.usage_month = extra.usage_month
    left join seat_days
        on
            used.workspace_id = seat_days.workspace_id
            and used.usage_month = seat_days.usage_month

),

with_overage as (

    select *
    from joined

)

select * from with_overage
