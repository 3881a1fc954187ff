-- Returns in the shops. Some are of tickets from before the tills' history.
with all_returns as (
    select * from brought_back
    union all by name
    select
        800000000 + shops.store__ * 1000 + (day - start_date()) as return__,
        identifier('old document', shops.store__ * 1000 + (day - start_date())) as ticket_number__,
        1 as line__,
        shops.copy__,
        identifier('item', shops.copy__ * 40 + pick(return__, 'item', 39)) as item_sk__,
        null::bigint as customer_sk__,
        shops.store__,
        false as is_without_receipt__,
        day as day__,
        700 + pick(return__, 'minute', 300) as minute__,
        1 as quantity__,
        600 + pick(return__, 'refund', 4000) as refund_cents__,
        1 + pick(return__, 'reason', 8) as reason_sk__,
        'cash' as tender__
    from shops
    cross join dates()
    where (day - start_date() + shops.store__) % 5 = 1 and day >= opened_on__ and (closed_on__ is null or day <= closed_on__)
),

timed as (
    select
        all_returns.*,
        shops.store_id__,
        timezone(shops.time_zone__, all_returns.day__::timestamp + to_minutes(minute__)) as returned_at
    from all_returns
    inner join shops on all_returns.store__ = shops.store__
)

select
    identifier('store return', return__) as return_id,
    store_id__ as store_sk,
    case when not is_without_receipt__ then ticket_number__ end as ticket_number,
    case when not is_without_receipt__ then line__ end as line_number,
    item_sk__ as item_sk,
    customer_sk__ as customer_sk,
    reason_sk__ as reason_sk,
    day__ - date '2000-01-01' as returned_date_sk,
    minute__ as returned_time_sk,
    quantity__ as return_quantity,
    (refund_cents__ / 100)::decimal(9, 2) as refund_amt,
    returned_at + interval 70 seconds as updated_at,
    return__,
    store__,
    day__,
    tender__,
    refund_cents__::bigint as refund_cents__,
    returned_at as returned_at__,
    returned_at + interval 70 seconds as arrives_at__
from timed
