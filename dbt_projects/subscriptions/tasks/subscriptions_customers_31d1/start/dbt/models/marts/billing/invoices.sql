{{
    config(
        materialized='incremental',
        unique_key='invoice_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        post_hook="{{ delete_vanished_rows(ref('stg_billing__invoices'), 'invoice_id') }}"
    )
}}

with

invoices as (

    select * from {{ ref('stg_billing__invoices') }}

),

totals as (

    select * from {{ ref('int_invoices_summed') }}

),

payments as (

    select * from {{ ref('int_payments_by_invoice') }}

),

credit_notes as (

    select
        invoice_id,
        cast(sum(amount_cents) filter (where credit_note_status = 'issued') as bigint) as credited_cents,
        max(credit_note_updated_at) as credit_notes_updated_at
    from {{ ref('stg_billing__credit_notes') }}
    group by invoice_id

),

joined as (

    select
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.customer_id,
        invoices.subscription_id,
        invoices.invoice_status,
        invoices.currency,
        payments.last_payment_method as payment_method,
        totals.n_lines,
        totals.total_cents,
        totals.proration_cents,
        totals.usage_cents,
        coalesce(credit_notes.credited_cents, 0) as credited_cents,
        coalesce(payments.refunded_cents, 0) as refunded_cents,
        coalesce(payments.fee_cents, 0) as fee_cents,
        coalesce(payments.n_failed_attempts, 0) as n_failed_attempts,
        cast(invoices.issued_at as date) as issued_on,
        invoices.due_on,
        payments.collected_at,
        greatest(
            invoices.invoice_updated_at,
            payments.payments_updated_at,
            credit_notes.credit_notes_updated_at
        ) as source_updated_at
    from invoices
    inner join totals on invoices.invoice_id = totals.invoice_id
    left join payments on invoices.invoice_id = payments.invoice_id
    left join credit_notes on invoices.invoice_id = credit_notes.invoice_id

),

changed as (

    select * from joined
    {% if is_incremental() %}
        where source_updated_at >= (select max(known.source_updated_at) from {{ this }} as known)
    {% endif %}

)

select * from changed
