with

states as (

    select * from {{ ref('int_subscription_states') }}

),

-- A state counts for the months at whose end it holds.
months as (

    select
        subscription_id,
        customer_id,
        plan_id,
        event_kind as last_event_kind,
        quantity,
        mrr_cents,
        cast(
            unnest(
                generate_series(
                    date_trunc('month', valid_from - interval 1 second),
                    coalesce(valid_to - interval 1 second - interval 1 month, {{ pinned_now() }}),
                    interval 1 month
                )
            ) as date
        ) as revenue_month
    from states

)

select * from months
