with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

risks as (

    select * from {{ ref('int_orders_risk') }}

),

payments as (

    select * from {{ ref('stg_marketplace__payments') }}

),

disputes as (

    select * from {{ ref('stg_provider__disputes') }}

),

blocks as (

    select * from {{ ref('stg_marketplace__blocked_customers') }}

),

support_cases as (

    select * from {{ ref('stg_marketplace__support_cases') }}

),

disputed_orders as (

    select
        payments.order_id,
        cast(sum(disputes.amount_cents) filter (where disputes.dispute_status <> 'won') as bigint) as disputed_cents,
        max_by(disputes.dispute_status, disputes.opened_at) as dispute_status,
        bool_or(disputes.dispute_reason = 'fraud' and disputes.dispute_status <> 'won') as is_disputed_as_fraud
    from disputes
    inner join payments on disputes.provider_reference = payments.provider_reference
    group by payments.order_id

),

blocked_orders as (

    select distinct orders.order_id
    from orders
    inner join blocks
        on
            orders.customer_id = blocks.customer_id
            and orders.placed_at >= blocks.blocked_at
            and (blocks.lifted_at is null or orders.placed_at < blocks.lifted_at)

),

case_counts as (

    select
        order_id,
        count(*) as n_support_cases
    from support_cases
    group by order_id

),

flagged as (

    select
        orders.order_id,
        orders.customer_id,
        coalesce(risks.n_checks, 0) as n_checks,
        coalesce(risks.n_cards, 0) as n_cards,
        risks.highest_points,
        coalesce(case_counts.n_support_cases, 0) as n_support_cases,
        coalesce(risks.highest_points >= 70, false) as has_many_points,
        coalesce(risks.is_card_shared, false) as is_card_shared,
        coalesce(risks.is_abroad, false) as is_abroad,
        coalesce(risks.n_checks >= 3, false) as is_tried_often,
        blocked_orders.order_id is not null as is_customer_blocked,
        disputed_orders.dispute_status,
        coalesce(disputed_orders.disputed_cents, 0) as disputed_cents,
        coalesce(disputed_orders.is_disputed_as_fraud, false) as is_disputed_as_fraud,
        {{ berlin_date('orders.placed_at') }} as order_date
    from orders
    left join risks on orders.order_id = risks.order_id
    left join disputed_orders on orders.order_id = disputed_orders.order_id
    left join blocked_orders on orders.order_id = blocked_orders.order_id
    left join case_counts on orders.order_id = case_counts.order_id

),

counted as (

    select
        *,
        cast(has_many_points as integer)
        + cast(is_card_shared as integer)
        + cast(is_abroad as integer)
        + cast(is_tried_often as integer)
        + cast(is_customer_blocked as integer) as n_flags
    from flagged

),

final as (

    select
        order_id,
        customer_id,
        case
            when is_disputed_as_fraud or n_flags >= 3 then 'high'
            when n_flags >= 1 then 'medium'
            else 'low'
        end as risk_level,
        dispute_status,
        n_checks,
        n_cards,
        highest_points,
        n_support_cases,
        n_flags,
        disputed_cents,
        has_many_points,
        is_card_shared,
        is_abroad,
        is_tried_often,
        is_customer_blocked,
        is_disputed_as_fraud,
        order_date
    from counted

)

select * from final
