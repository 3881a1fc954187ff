-- What comes back from orders on the web: announced first, then received or refused.
with steps as (
    select *, 1 as version, 'announced' as status, back_at__ - interval 30 hours as changed_at from direct_lines
    where channel__ = 'web' and comes_back__ and not is_cancelled__
    union all
    select *, 2, case when is_refused__ then 'refused' else 'received' end, back_at__ + interval 9 minutes from direct_lines
    where channel__ = 'web' and comes_back__ and not is_cancelled__
)

select
    identifier('web return', order__ * 4 + line__) as return_id,
    order_number__ as order_number,
    line__ as line_number,
    reason_sk__ as reason_sk,
    status,
    back_quantity__ as return_quantity,
    (refund_cents__ / 100)::decimal(9, 2) as refund_amt,
    (least(fee_cents__, refund_cents__) / 100)::decimal(9, 2) as fee_amt,
    case when version = 2 then back_at__ end as returned_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
