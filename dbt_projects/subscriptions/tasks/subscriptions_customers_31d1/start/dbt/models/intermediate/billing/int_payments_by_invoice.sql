with

payments as (

    select * from {{ ref('stg_billing__payments') }}

),

aggregated as (

    select
        invoice_id,
        count(*) as n_attempts,
        count(*) filter (where payment_status = 'failed') as n_failed_attempts,
        max_by(payment_method, attempt_number) as last_payment_method,
        cast(coalesce(sum(amount_cents) filter (where payment_status = 'refunded'), 0) as bigint) as refunded_cents,
        cast(sum(fee_cents) as bigint) as fee_cents,
        min(attempted_at) filter (where payment_status = 'failed') as first_failed_at,
        min(attempted_at) filter (where payment_status <> 'failed') as collected_at,
        max(payment_updated_at) as payments_updated_at
    from payments
    group by invoice_id

)

select * from aggregated
