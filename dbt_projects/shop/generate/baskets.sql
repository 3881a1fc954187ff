-- What becomes of each order: when it is placed, paid, or given up. For the generator only.
with buyers as (
    select
        visits.*,
        persons.customer_id__,
        persons.country_code__,
        markets.currency__,
        markets.price_factor__,
        coalesce(ordered_at__, started_at__ + to_seconds(300 + pick(visit__, 'until the order', 1200))) as placed_at,
        case
            -- Belgium can be delivered to from the 14th day on.
            when visits.day_index__ >= 13 and draw(visit__, 'ships to Belgium') < 0.12 then 'BE'
            when draw(visit__, 'ships elsewhere') < 0.05 then choose(visit__, 'elsewhere', ['DE', 'AT', 'NL', 'FR'])
            else persons.country_code__
        end as ship_country
    from visits
    inner join persons on visits.person__ = persons.person__
    inner join markets on persons.country_code__ = markets.country_code__
    where buys__
),

tried as (
    select
        *,
        case
            when draw(visit__, 'first attempt') < 0.76 then 1
            when draw(visit__, 'second attempt') < 0.45 then 2
            when draw(visit__, 'third attempt') < 0.35 then 3
        end as paid_with_attempt,
        -- Some go away without any attempt.
        coalesce(
            paid_with_attempt, case when draw(visit__, 'goes away') < 0.25 then 0 else 1 + pick(visit__, 'attempts', 3) end
        ) as n_attempts,
        case
            when kind__ = 'newcomer' and draw(visit__, 'welcome') < 0.5 then 'WELCOME5'
            when draw(visit__, 'voucher') < 0.2
                then choose(visit__, 'which voucher', ['SPRING10', 'SHIPFREE', 'PLAY15', 'SORRY20'])
        end as wanted_voucher
    from buyers
),

paid as (
    select
        *,
        placed_at
        + to_seconds(40 + (coalesce(paid_with_attempt, 1) - 1) * (1200 + pick(visit__, 'until the next attempt', 40000)))
            as last_attempt_at,
        case when paid_with_attempt is not null then last_attempt_at + interval 15 seconds end as paid_at
    from tried
)

select
    visit__ as order__,
    copy__,
    day__,
    day_index__,
    customer_id__,
    visitor_id__,
    device_channel__,
    currency__,
    price_factor__,
    ship_country as ship_country__,
    'HB-' || (identifier('order', visit__) % 1000000000000) as order_number__,
    identifier('order', visit__) as order_id__,
    placed_at as placed_at__,
    n_attempts as n_attempts__,
    paid_with_attempt as paid_with_attempt__,
    paid_at as paid_at__,
    vouchers.voucher_code as voucher_code__,
    case when paid_at is not null and draw(visit__, 'is cancelled') < 0.05
        then paid_at + to_seconds(1800 + pick(visit__, 'until cancelled', 25000)) end as cancelled_at__,
    case when paid_at is null then placed_at + interval 48 hours end as given_up_at__,
    1 + pick_weighted(visit__, 'lines', [0, 1, 2, 3], [46, 30, 16, 8]) as n_lines__,
    draw(visit__, 'express') < 0.25 as is_express__
from paid
left join vouchers
    on wanted_voucher = voucher_code and valid_from <= day__ and (valid_to is null or day__ <= valid_to)
