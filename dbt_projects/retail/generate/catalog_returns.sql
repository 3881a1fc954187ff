-- What comes back from orders by catalogue.
select
    identifier('catalog return', order__ * 4 + line__) as return_id,
    order_number__ as order_number,
    line__ as line_number,
    reason_sk__ as reason_sk,
    back_on__ - date '2000-01-01' as returned_date_sk,
    back_quantity__ as return_quantity,
    (refund_cents__ / 100)::decimal(9, 2) as refund_amt,
    (least(fee_cents__, refund_cents__) / 100)::decimal(9, 2) as fee_amt,
    back_at__ + interval 4 minutes as updated_at,
    back_at__ + interval 4 minutes as arrives_at__
from direct_lines
where channel__ = 'catalog' and comes_back__ and not is_cancelled__
