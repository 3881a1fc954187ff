-- Money that goes back: for a cancelled order, all of it and at once; for delivered goods, a line or a part of it.
with order_facts as (
    select order__, order_id, currency, items_cents__, discount_cents, shipping_cents, reached_at__
    from orders
    where version__ = 1
),

lines as (
    select
        order_lines.*,
        order_facts.currency,
        order_facts.reached_at__,
        order_lines.quantity * order_lines.unit_price_cents
        - order_facts.discount_cents * order_lines.quantity * order_lines.unit_price_cents // order_facts.items_cents__
            as paid_cents
    from order_lines
    inner join order_facts on order_lines.order__ = order_facts.order__
),

of_cancelled as (
    select
        lines.*,
        'order_cancelled' as reason,
        paid_cents as amount_cents,
        quantity as quantity_returned,
        cancelled_at__ + interval 2 minutes as requested_at,
        cancelled_at__ + interval 4 minutes as decided_at,
        'approved' as decision
    from lines
    inner join baskets on lines.order__ = baskets.order__
    where cancelled_at__ is not null
),

of_delivered as (
    select
        *,
        pick_weighted([order__, line__], 'reason', ['changed_mind', 'damaged', 'wrong_item', 'late'], [45, 25, 18, 12]) as reason,
        case
            when reason in ('changed_mind', 'wrong_item') then paid_cents
            else greatest(1, round(paid_cents * choose([order__, line__], 'part', [0.1, 0.2, 0.25, 0.5]))::bigint)
        end as amount_cents,
        case when reason in ('changed_mind', 'wrong_item') then quantity else 0 end as quantity_returned,
        reached_at__ + to_seconds(30000 + (850000 * pow(draw([order__, line__], 'until the request'), 1.6))::bigint)
            as requested_at,
        requested_at + to_seconds(9000 + pick([order__, line__], 'until decided', 200000)) as decided_at,
        case when draw([order__, line__], 'is approved') < 0.82 then 'approved' else 'rejected' end as decision
    from lines
    where reached_at__ is not null and draw([order__, line__], 'wants money back') < 0.24
),

-- Some who got a part of the price send the goods back in the end, for the rest of it.
of_sent_back as (
    select
        * replace (
            'changed_mind' as reason,
            paid_cents - amount_cents as amount_cents,
            quantity as quantity_returned,
            decided_at + to_seconds(30000 + pick([order__, line__], 'until sent back', 200000)) as requested_at,
            decided_at + to_seconds(260000 + pick([order__, line__], 'until decided again', 60000)) as decided_at
        )
    from of_delivered
    where quantity_returned = 0 and decision = 'approved' and draw([order__, line__], 'is sent back') < 0.4
),

all_refunds as (
    select *, 0 as nth from of_cancelled
    union all by name
    select *, 0 as nth from of_delivered
    union all by name
    select *, 1 as nth from of_sent_back
),

steps as (
    select *, 1 as version, 'requested' as status, requested_at as changed_at from all_refunds
    union all
    select *, 2, decision, decided_at from all_refunds
)

select
    identifier('refund', order__ * 8 + 4 * nth + line__) as refund_id,
    order_id,
    order_line_id,
    reason,
    status,
    amount_cents::bigint as amount_cents,
    currency,
    quantity_returned,
    requested_at,
    case when version = 2 then decided_at end as decided_at,
    changed_at as updated_at,
    order__,
    line__,
    decision as decision__,
    decided_at as decided_at__,
    version as version__,
    changed_at as arrives_at__
from steps
