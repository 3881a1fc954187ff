-- What the provider pays out for the captures of a day (UTC, by the time of the attempt), early the next morning, to each account of the
-- shop. Now and then it forgets a payment.
with captured as (
    select
        baskets.copy__,
        payments.currency,
        (payments.attempted_at at time zone 'UTC')::date as payment_date,
        payments.amount_cents,
        payments.fee_cents
    from payments
    inner join baskets on payments.order__ = baskets.order__
    where payments.version__ = 2
),

days as (
    select
        copy__,
        currency,
        payment_date,
        count(*) as n_payments,
        sum(amount_cents)::bigint as gross_cents,
        sum(fee_cents)::bigint as fee_cents,
        min(amount_cents) as least_cents,
        case when copy__ = 0 then [currency, (payment_date - start_date())::varchar]
            else [currency, (payment_date - start_date())::varchar, copy__::varchar] end as key,
        count(*) > 1 and draw(key, 'forgets one') < 0.15 as forgets_one,
        (payment_date + 1 + interval 4 hours + to_minutes(pick(key, 'minute', 50)))::timestamptz as created_at
    from captured
    group by copy__, currency, payment_date
)

select
    'st_' || left(md5(concat_ws('|', seed(), 'settlement', currency, payment_date, nullif(copy__, 0))), 18) as settlement_id,
    'HB' || (1 + copy__) as merchant_account,
    payment_date,
    currency,
    n_payments - forgets_one::bigint as n_payments,
    gross_cents - case when forgets_one then least_cents else 0 end as gross_cents,
    fee_cents,
    gross_cents - case when forgets_one then least_cents else 0 end - fee_cents as net_cents,
    created_at,
    created_at as arrives_at__
from days
