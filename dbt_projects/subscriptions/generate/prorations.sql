-- What a change in the midst of a month gives back and costs; it goes onto the next invoice.
with changes as (
    select
        now.sub__,
        now.step__,
        now.subscription_id__,
        now.at__,
        pick([now.sub__, now.step__], 'share', 100) as share,
        before.unit_amount_cents__ * case when before.scheme__ = 'flat' then 1 else before.seats__ end as before_cents,
        now.unit_amount_cents__ * case when now.scheme__ = 'flat' then 1 else now.seats__ end as now_cents,
        min_by(bills.bill__, bills.issued_at__) as bill,
        min(bills.issued_at__) as billed_at
    from steps as now
    inner join steps as before on now.sub__ = before.sub__ and now.at__ = before.until__
    left join bills on now.sub__ = bills.sub__ and bills.issued_at__ > now.at__
    where now.kind__ = 'changed'
    group by all
),

versions as (
    select *, 1 as version, at__ + interval 1 minute as changed_at from changes
    union all
    select *, 2, billed_at - interval 1 hour from changes where billed_at > at__ + interval 2 hours
)

select
    text_identifier('proration', sub__ * 10 + step__, 'pro_') as proration_id,
    subscription_id__ as subscription_id,
    case when version = 2 then text_identifier('invoice', bill, 'in_') end as invoice_id,
    (before_cents * share // 100)::bigint as credit_cents,
    (now_cents * share // 100)::bigint as charge_cents,
    at__ as changed_at,
    changed_at as updated_at,
    bill as bill__,
    version as version__,
    changed_at as arrives_at__
from versions
