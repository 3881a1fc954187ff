-- What people bring back to the shops, with or without the receipt. For the generator only.
with kept as (
    select *, [ticket__, line__] as key
    from store_sales
    where version__ = 1
),

voided as (
    select ticket__, line__ from store_sales where version__ = 2
),

returned as (
    select
        kept.*,
        pick(kept.key, 'after', 8) as days_after,
        case when kept.quantity > 1 and draw(kept.key, 'is a part') < 0.5 then 1 else kept.quantity end as back_quantity
    from kept
    left join voided on kept.ticket__ = voided.ticket__ and kept.line__ = voided.line__
    where voided.ticket__ is null and draw(kept.key, 'comes back') < case when kept.is_pair__ then 0.35 else 0.11 end
),

all_returns as (
    select *, 0 as nth from returned
    union all
    select * replace (days_after + 1 + pick(key, 'after again', 3) as days_after, quantity - back_quantity as back_quantity), 1 as nth
    from returned
    where back_quantity < quantity and draw(key, 'the rest') < 0.6
)

select
    ticket__ * 8 + line__ * 2 + nth as return__,
    ticket_number as ticket_number__,
    line__,
    copy__,
    item_sk as item_sk__,
    customer_sk as customer_sk__,
    -- A shop in Albany or Peoria takes back for others, and for the one that has closed.
    case
        when store__ % 8 = 5 then copy__ * 8 + 3
        when draw(return__, 'elsewhere') < 0.15 then copy__ * 8
        else store__
    end as store__,
    draw(return__, 'no receipt') < case when is_pair__ then 0.8 else 0.25 end as is_without_receipt__,
    day__ + days_after::integer as day__,
    case when days_after = 0 then minute__ + 5 else 600 + pick(return__, 'minute', 600) end as minute__,
    back_quantity as quantity__,
    back_quantity * sales_cents__ - coupon_cents__ * back_quantity // quantity as refund_cents__,
    1 + pick(return__, 'reason', 8) as reason_sk__,
    case when tender__ = 'cash' then 'cash' else 'card' end as tender__
from all_returns
