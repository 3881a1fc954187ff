with

payments as (

    select * from {{ ref('stg_marketplace__payments') }}

),

aggregated as (

    select
        order_id,
        count(*) as n_attempts,
        count(*) filter (where payment_status = 'failed') as n_failed_attempts,
        cast(coalesce(sum(amount_cents) filter (where payment_status = 'captured'), 0) as bigint) as captured_cents,
        max_by(payment_method, attempt_number) as last_payment_method,
        bool_or(payment_status = 'captured') as is_paid,
        min(attempted_at) as first_attempted_at,
        min(attempted_at) filter (where payment_status = 'captured') as paid_at,
        max(payment_updated_at) as payments_updated_at
    from payments
    group by order_id

)

select * from aggregated
