with

settlements as (

    select * from {{ ref('stg_provider__settlements') }}

),

payments as (

    select * from {{ ref('stg_marketplace__payments') }}

),

captured as (

    select
        currency,
        cast(attempted_at as date) as payment_date,
        count(*) as n_payments,
        cast(sum(amount_cents) as bigint) as captured_cents
    from payments
    where payment_status = 'captured'
    group by currency, cast(attempted_at as date)

),

settled as (

    select
        currency,
        payment_date,
        cast(sum(n_payments) as bigint) as n_payments,
        cast(sum(gross_cents) as bigint) as gross_cents,
        cast(sum(fee_cents) as bigint) as fee_cents,
        max(settled_at) as settled_at
    from settlements
    group by currency, payment_date

),

joined as (

    select
        coalesce(captured.currency, settled.currency) as currency,
        coalesce(captured.payment_date, settled.payment_date) as payment_date,
        coalesce(captured.n_payments, 0) as n_payments,
        coalesce(captured.captured_cents, 0) as captured_cents,
        settled.n_payments as n_settled_payments,
        settled.gross_cents as settled_cents,
        settled.fee_cents,
        settled.settled_at
    from captured
    full outer join settled
        on captured.currency = settled.currency and captured.payment_date = settled.payment_date

),

checked as (

    select
        currency,
        case
            when settled_cents is null then 'open'
            when settled_cents < captured_cents then 'too_little'
            when settled_cents > captured_cents then 'too_much'
            else 'right'
        end as settlement_check,
        n_payments,
        n_settled_payments,
        captured_cents,
        settled_cents,
        fee_cents,
        captured_cents - settled_cents as missing_cents,
        payment_date,
        settled_at
    from joined

)

select * from checked
