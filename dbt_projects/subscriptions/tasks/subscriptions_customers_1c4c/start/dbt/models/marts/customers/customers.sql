{{
    config(
        materialized='incremental',
        unique_key='customer_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

customers as (

    select * from {{ ref('stg_billing__customers') }}

),

accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

owners as (

    select * from {{ ref('stg_crm__owners') }}

),

customer_months as (

    select
        customer_id,
        max_by(closing_mrr_eur_cents, revenue_month) as mrr_eur_cents,
        max(closing_mrr_eur_cents) as highest_mrr_eur_cents,
        min(revenue_month) filter (where closing_mrr_eur_cents <> 0) as first_paid_month
    from {{ ref('int_customer_months') }}
    group by customer_id

),

invoices as (

    select
        customer_id,
        count(*) filter (where invoice_status in ('open', 'uncollectible')) as n_unpaid_invoices,
        cast(
            sum(total_cents - credited_cents - paid_cents) filter (where invoice_status in ('open', 'uncollectible'))
            as bigint
        ) as unpaid_cents,
        max(issued_on) as last_issued_on
    from {{ ref('invoices') }}
    group by customer_id

),

subscriptions as (

    select
        customer_id,
        count(*) as n_subscriptions,
        count(*) filter (where subscription_status = 'active') as n_active_subscriptions
    from {{ ref('stg_billing__subscriptions') }}
    group by customer_id

),

tickets as (

    select
        customer_id,
        count(*) as n_tickets
    from {{ ref('tickets') }}
    group by customer_id

),

joined as (

    select
        customers.customer_id,
        customers.customer_name,
        customers.email,
        customers.country_code,
        customers.currency,
        coalesce(accounts.segment, 'self_serve') as segment,
        owners.owner_name,
        coalesce(subscriptions.n_subscriptions, 0) as n_subscriptions,
        coalesce(subscriptions.n_active_subscriptions, 0) as n_active_subscriptions,
        coalesce(customer_months.mrr_eur_cents, 0) as mrr_eur_cents,
        coalesce(customer_months.highest_mrr_eur_cents, 0) as highest_mrr_eur_cents,
        coalesce(invoices.n_unpaid_invoices, 0) as n_unpaid_invoices,
        coalesce(invoices.unpaid_cents, 0) as unpaid_cents,
        coalesce(tickets.n_tickets, 0) as n_tickets,
        cast(customers.created_at as date) as signed_up_on,
        customer_months.first_paid_month,
        invoices.last_issued_on
    from customers
    left join accounts on customers.account_id = accounts.account_id
    left join owners on accounts.owner_id = owners.owner_id
    left join subscriptions on customers.customer_id = subscriptions.customer_id
    left join customer_months on customers.customer_id = customer_months.customer_id
    left join invoices on customers.customer_id = invoices.customer_id
    left join tickets on customers.customer_id = tickets.customer_id
    where not customers.is_test

),

new_rows as (

    select * from joined
    {% if is_incremental() %}
        where signed_up_on > (select max(known.signed_up_on) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
