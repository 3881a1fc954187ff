-- Attempts to pay. Those that succeed are captured some minutes later.
with first_versions as (
    select * from orders where version__ = 1
),

attempts as (
    select
        baskets.*,
        first_versions.items_cents__,
        first_versions.discount_cents,
        first_versions.shipping_cents,
        unnest(range(1, n_attempts__ + 1)) as attempt
    from baskets
    inner join first_versions on baskets.order__ = first_versions.order__
),

timed as (
    select
        *,
        placed_at__
        + to_seconds(40 + (attempt - 1) * (1200 + pick(order__, 'between attempts', 30000))) as guessed_at,
        case when attempt = paid_with_attempt__ then paid_at__ - interval 15 seconds
            else least(guessed_at, coalesce(paid_at__ - to_minutes(5 * (4 - attempt)), guessed_at)) end as attempted_at,
        coalesce(attempt = paid_with_attempt__, false) as succeeds,
        pick_weighted([order__, attempt], 'method', ['card', 'wallet', 'invoice', 'transfer'], [50, 28, 16, 6]) as method
    from attempts
),

steps as (
    select *, 1 as version, case when succeeds then 'authorised' else 'failed' end as status, attempted_at as changed_at
    from timed
    union all
    select *, 2, 'captured', paid_at__ from timed where succeeds
    union all
    -- The provider corrects its fee a day or two later.
    select *, 3, 'captured', paid_at__ + to_hours(20 + pick(order__, 'until corrected', 30)) from timed
    where succeeds and draw(order__, 'fee is corrected') < 0.03
),

-- The provider reports some captures a second time, under another number, later, and without the fee.
reports as (
    select *, false as is_repeated from steps
    union all
    select * replace (1 as version, changed_at + to_seconds(20000 + pick(order__, 'until repeated', 90000)) as changed_at), true
    from steps
    where version = 2 and draw(order__, 'is repeated') < 0.05
)

select
    identifier('payment', order__ * 4 + case when is_repeated then 0 else attempt end) as payment_id,
    order_id__ as order_id,
    'pr_' || left(md5(concat_ws('|', seed(), 'payment', order__, attempt)), 18) as provider_reference,
    attempt as attempt_number,
    method,
    status,
    (items_cents__ - discount_cents + shipping_cents)::bigint as amount_cents,
    currency__ as currency,
    case
        when status <> 'captured' or is_repeated then 0
        else round(
            amount_cents * case method when 'card' then 140 when 'wallet' then 190 when 'invoice' then 290 else 40 end / 10000
        )::bigint
        + case when version = 3 then 5 else 25 end
    end as fee_cents,
    attempted_at,
    case when is_repeated then changed_at else attempted_at end as recorded_at,
    changed_at as updated_at,
    order__,
    version as version__,
    changed_at as arrives_at__
from reports
