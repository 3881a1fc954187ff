-- Customers who ask their bank for the money of a payment. The bank decides some days later.
with captured as (
    select
        payments.order__,
        payments.provider_reference,
        payments.amount_cents,
        payments.currency,
        payments.updated_at as captured_at,
        draw(baskets.customer_id__, 'is in doubt') < 0.08 as is_doubtful
    from payments
    inner join baskets on payments.order__ = baskets.order__
    where payments.version__ = 2 and payments.method in ('card', 'wallet')
),

opened as (
    select
        *,
        draw(order__, 'decision') as decision,
        case when draw(order__, 'is partial') < 0.3 then greatest(1, amount_cents // 2) else amount_cents end as disputed_cents,
        case
            when is_doubtful then 'fraud'
            else pick_weighted(order__, 'reason', ['fraud', 'not_received', 'not_as_described', 'duplicate'], [2, 4, 3, 1])
        end as reason,
        captured_at + to_seconds(20000 + pick(order__, 'until opened', 420000)) as opened_at
    from captured
    where draw(order__, 'is disputed') < case when is_doubtful then 0.5 else 0.05 end
),

numbered as (
    select *, 1 as nth from opened
    union all
    -- A customer may ask once more, for something else, a day later.
    select * replace (
        disputed_cents // 3 + 1 as disputed_cents, 'not_as_described' as reason, opened_at + interval 26 hours as opened_at,
        1 - decision as decision
    ), 2
    from opened
    where draw(order__, 'asks again') < 0.3
),

steps as (
    select *, 1 as version, 'opened' as status, opened_at as changed_at from numbered
    union all
    select *, 2, case when decision < 0.5 then 'lost' else 'won' end, opened_at + to_seconds(90000 + pick(order__, 'until decided', 260000))
    from numbered
    where decision < 0.85
)

select
    'dp_' || left(md5(concat_ws('|', seed(), 'dispute', order__, nth)), 18) as dispute_id,
    provider_reference,
    reason,
    status,
    disputed_cents as amount_cents,
    currency,
    opened_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
