with

payments as (

    select * from {{ ref('int_payments_by_invoice') }}

),

invoices as (

    select * from {{ ref('stg_billing__invoices') }}

),

totals as (

    select * from {{ ref('int_invoices_summed') }}

),

reminders as (

    select
        invoice_id,
        count(*) as n_reminders,
        count(*) filter (where channel <> 'email') as n_personal_reminders,
        count(*) filter (where outcome = 'promised') as n_promises,
        max_by(channel, attempt_number) as last_channel
    from {{ ref('stg_billing__dunning_attempts') }}
    group by invoice_id

),

failed as (

    select
        payments.invoice_id,
        invoices.customer_id,
        invoices.currency,
        payments.last_payment_method as payment_method,
        case
            when payments.collected_at is not null then 'recovered'
            when invoices.invoice_status = 'uncollectible' then 'given_up'
            else 'pending'
        end as dunning_state,
        totals.total_cents,
        payments.n_failed_attempts,
        coalesce(reminders.n_reminders, 0) as n_reminders,
        coalesce(reminders.n_personal_reminders, 0) as n_personal_reminders,
        coalesce(reminders.n_promises, 0) as n_promises,
        reminders.last_channel,
        date_diff('hour', payments.first_failed_at, payments.collected_at) as hours_to_recover,
        cast(payments.first_failed_at as date) as first_failed_on
    from payments
    inner join invoices on payments.invoice_id = invoices.invoice_id
    inner join totals on payments.invoice_id = totals.invoice_id
    left join reminders on payments.invoice_id = reminders.invoice_id
    where payments.n_failed_attempts > 0

)

select * from failed
