with

events as (

    select * from {{ ref('stg_billing__subscription_events') }}

),

prices as (

    select * from {{ ref('stg_billing__prices') }}

),

subscriptions as (

    select * from {{ ref('stg_billing__subscriptions') }}

),

priced as (

    select
        events.subscription_id,
        subscriptions.customer_id,
        prices.plan_id,
        prices.billing_interval,
        events.event_kind,
        events.quantity,
        case
            when events.event_kind in ('trial_started', 'canceled') then 0
            else
                {{
                    divide_rounded(
                        "(prices.unit_amount_cents * case prices.price_scheme when 'flat' then 100"
                        ~ " else events.quantity * (100 - events.discount_percent) end)",
                        "(case prices.billing_interval when 'year' then 1200 else 100 end)"
                    )
                }}
        end as mrr_cents,
        events.occurred_at as valid_from,
        lead(events.occurred_at) over (
            partition by events.subscription_id
            order by events.occurred_at
        ) as valid_to
    from events
    inner join prices on events.price_id = prices.price_id
    inner join subscriptions on events.subscription_id = subscriptions.subscription_id

)

select * from priced
