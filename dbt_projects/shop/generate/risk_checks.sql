-- What the payment provider thinks of each attempt to pay. A few customers share the cards of a ring.
with attempts as (
    select
        payments.order__,
        payments.attempt_number,
        payments.provider_reference,
        payments.status,
        payments.method,
        payments.attempted_at,
        baskets.customer_id__,
        baskets.ship_country__,
        payments.order__ * 4 + payments.attempt_number as key
    from payments
    inner join baskets on payments.order__ = baskets.order__
    where payments.version__ = 1 and payments.status <> 'captured'
),

judged as (
    select
        *,
        draw(customer_id__, 'is in a ring') < 0.06 as is_in_ring,
        case
            when method <> 'card' then null
            when is_in_ring then concat_ws('|', seed(), 'ring', pick(customer_id__, 'ring', 6))
            when draw(key, 'another card') < 0.1 then concat_ws('|', seed(), 'second card', customer_id__)
            else concat_ws('|', seed(), 'card', customer_id__)
        end as card,
        case when draw(key, 'is abroad') < 0.09 then choose(key, 'where', ['LU', 'IE', 'DK', 'IT', 'ES']) else ship_country__ end
            as ip_country,
        least(
            99,
            pick(key, 'points', 62)
            + case when is_in_ring then 18 else 0 end
            + case when ip_country <> ship_country__ then 25 else 0 end
        ) as points
    from attempts
),

checks as (
    select *, 1 as nth, points as points_now, attempted_at + interval 1 second as checked_at from judged
    union all
    -- Some are judged again when the bank has answered, hours later.
    select *, 2, least(99, greatest(0, points + wobble(key, 'judged again', 25))),
        attempted_at + to_seconds(3600 + pick(key, 'until judged again', 80000))
    from judged
    where draw(key, 'is judged again') < 0.15
)

select
    'rc_' || left(md5(concat_ws('|', seed(), 'check', key, nth)), 18) as check_id,
    provider_reference,
    points_now as points,
    case when points >= 70 and status = 'failed' then 'block' when points >= 60 then 'review' else 'pass' end as verdict,
    'fp_' || left(md5(card), 16) as card_fingerprint,
    ip_country,
    checked_at,
    checked_at + to_seconds(2 + pick([key, nth], 'until recorded', 20)) as recorded_at
from checks
