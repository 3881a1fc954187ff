-- What goes into and out of the shelves. Quantities have no sign; the kind says the direction.
with opening as (
    select
        product__,
        warehouse_code__ as warehouse_code,
        'opening' as kind,
        30 + pick(product__, 'opening', 160) as quantity,
        null::varchar as reference,
        greatest(since__ + 1, start_date())::timestamptz + interval 4 hours as moved_at,
        'opening' as key
    from assortment
),

by_day as (
    select
        assortment.*,
        day,
        [product__, day - start_date()] as key
    from assortment
    cross join dates()
    where day > since__ + 1 and day > start_date()
),

-- A delivery may come on two pallets. What sells best is ordered more often.
receipts as (
    select product__, warehouse_code__, 'receipt', 10 + pick(key, 'receipt ' || pallet, 60),
        'PO-' || (1000 + pick(key, 'purchase', 9000)),
        (day + interval 6 hours + to_minutes(pick(key, 'receipt minute ' || pallet, 400)))::timestamptz,
        'receipt ' || day || ' ' || pallet
    from by_day
    cross join unnest([1, 2]) as pallets (pallet)
    where
        draw(key, 'is received') < case when product__ % 150 < 8 and day_index__ < 0 then 0.2 else 0.05 end
        and (pallet = 1 or draw(key, 'second pallet') < 0.4)
),

-- Corrections at the hour at which people count, and perhaps another one in the evening.
counted_off as (
    select product__, warehouse_code__, case when draw(key, 'sign ' || hour) < 0.6 then 'lost' else 'found' end,
        1 + pick(key, 'count off ' || hour, 3), null, (day + to_hours(hour))::timestamptz, 'count ' || day || ' ' || hour
    from by_day
    cross join unnest([3, 20]) as hours (hour)
    where draw(key, 'is counted off') < 0.05 and (hour = 3 or draw(key, 'again') < 0.4)
),

transfers as (
    select
        product__, warehouse_code__, 4 + pick(key, 'transfer ' || van, 12) as quantity, day, van,
        'TR-' || left(md5(concat_ws('|', seed(), 'transfer', product__, day, van)), 8) as reference,
        choose(key, 'other', list_filter(['LEJ', 'RTM', 'LBA'], lambda code: code <> warehouse_code__)) as other,
        key
    from by_day
    cross join unnest([1, 2]) as vans (van)
    where draw(key, 'is moved') < 0.02 and (van = 1 or draw(key, 'second van') < 0.4)
),

moved_out as (
    select product__, warehouse_code__, 'transfer_out', quantity, reference, (day + interval 9 hours)::timestamptz, 'out ' || day || ' ' || van
    from transfers
),

moved_in as (
    select product__, other, 'transfer_in', quantity, reference,
        (day + interval 9 hours + to_hours(14 + pick(key, 'on the road', 30)))::timestamptz, 'in ' || day || ' ' || van
    from transfers
),

picked as (
    select
        order_lines.product__, order_lines.warehouse_code__, 'pick', order_lines.quantity, parcels.order_number__,
        parcels.handed_over_at__ - interval 50 minutes, 'pick ' || order_lines.order_line_id
    from order_lines
    inner join parcels
        on order_lines.order__ = parcels.order__ and order_lines.warehouse_code__ = parcels.warehouse_code__
),

-- Every piece that comes back is scanned.
returned as (
    select
        order_lines.product__, order_lines.warehouse_code__, 'return', 1, 'HB-' || (refunds.order_id % 1000000000000),
        refunds.decided_at__ + to_seconds(40000 + pick([order_lines.order__, order_lines.line__], 'comes back', 240000)),
        'return ' || order_lines.order_line_id || ' ' || unnest(range(refunds.quantity_returned))
    from refunds
    inner join order_lines on refunds.order_line_id = order_lines.order_line_id
    where refunds.version__ = 2 and refunds.decision__ = 'approved' and refunds.quantity_returned > 0 and refunds.reason <> 'order_cancelled'
),

written_off as (
    select product__, warehouse_code__, 'write_off', quantity_returned, reference, moved_at + interval 3 hours, 'off ' || key
    from returned as r (product__, warehouse_code__, kind, quantity_returned, reference, moved_at, key)
    where draw(key, 'is damaged') < 0.2
),

everything as (
    select * from opening
    union all select * from receipts
    union all select * from counted_off
    union all select * from moved_out
    union all select * from moved_in
    union all select * from picked
    union all select * from returned
    union all select * from written_off
)

select
    'MV-' || left(md5(concat_ws('|', seed(), 'movement', everything.product__, key)), 16) as movement_id,
    warehouse_code,
    sku__ as sku,
    kind,
    quantity::bigint as quantity,
    reference,
    moved_at,
    -- A scanner without network sends what it has a day or two later.
    moved_at + case
        when draw([everything.product__::varchar, key], 'is offline') < 0.06
            then to_seconds(30000 + pick([everything.product__::varchar, key], 'offline', 140000))
        else to_seconds(5 + pick([everything.product__::varchar, key], 'online', 90))
    end as recorded_at,
    everything.product__
from everything
inner join assortment on everything.product__ = assortment.product__
