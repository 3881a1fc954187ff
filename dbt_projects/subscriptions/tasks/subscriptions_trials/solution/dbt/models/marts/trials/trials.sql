with

states as (

    select * from {{ ref('int_subscription_states') }}

),

customers as (

    select * from {{ ref('stg_billing__customers') }}

),

with_next as (

    select
        *,
        lead(event_kind) over (
            partition by subscription_id
            order by valid_from
        ) as next_event_kind,
        lead(mrr_cents) over (
            partition by subscription_id
            order by valid_from
        ) as next_mrr_cents
    from states

),

trials as (

    select
        with_next.subscription_id,
        with_next.customer_id,
        customers.currency,
        with_next.plan_id,
        with_next.quantity as n_seats,
        case
            when with_next.next_event_kind = 'activated' then 'won'
            when with_next.valid_to is not null then 'lost'
            else 'running'
        end as trial_state,
        case when with_next.next_event_kind = 'activated' then with_next.next_mrr_cents end as first_mrr_cents,
        date_diff('day', with_next.valid_from, coalesce(with_next.valid_to, {{ pinned_now() }})) as days_in_trial,
        with_next.valid_from as began_at,
        with_next.valid_to as ended_at
    from with_next
    inner join customers on with_next.customer_id = customers.customer_id
    where
        with_next.event_kind = 'trial_started'
        and not customers.is_test

)

select * from trials
