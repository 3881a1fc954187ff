with

paths as (

    select * from {{ ref('int_opportunity_paths') }}

),

accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

customers as (

    select * from {{ ref('stg_billing__customers') }}

),

first_states as (

    select
        customer_id,
        min(valid_from) filter (where event_kind = 'activated') as activated_at
    from {{ ref('int_subscription_states') }}
    group by customer_id

),

first_invoices as (

    select
        customer_id,
        min(issued_on) as first_issued_on,
        min(collected_at) as first_collected_at,
        count(*) filter (where invoice_status = 'paid') as n_paid_invoices
    from {{ ref('invoices') }}
    group by customer_id

),

joined as (

    select
        paths.opportunity_id,
        paths.account_id,
        accounts.segment,
        customers.customer_id,
        paths.campaign_id,
        case
            when first_invoices.first_collected_at is not null then 'paid'
            when first_invoices.first_issued_on is not null then 'billed'
            when first_states.activated_at is not null then 'active'
            when first_states.customer_id is not null then 'trial'
            else paths.last_stage
        end as funnel_state,
        paths.amount_eur_cents,
        coalesce(first_invoices.n_paid_invoices, 0) as n_paid_invoices,
        date_diff('day', paths.won_at, first_states.activated_at) as days_to_active,
        date_diff('day', paths.won_at, first_invoices.first_collected_at) as days_to_cash,
        paths.won_at,
        first_states.activated_at,
        first_invoices.first_issued_on,
        first_invoices.first_collected_at
    from paths
    inner join accounts on paths.account_id = accounts.account_id
    left join customers on paths.account_id = customers.account_id
    left join first_states on customers.customer_id = first_states.customer_id
    left join first_invoices on customers.customer_id = first_invoices.customer_id
    where paths.opportunity_kind = 'new_business'

)

select * from joined
