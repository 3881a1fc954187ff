-- Shelves that are counted before the shop opens; some are counted again within the hour, and the second count counts.
with planned as (
    select
        shops.*,
        day,
        slot,
        store__ * 100000 + (day - start_date()) * 100 + slot as count_number,
        copy__ * 40 + (pick([store__, day - start_date()], 'first', 39) + 9 * (slot % 4)) % 39 as item,
        timezone(time_zone__, day::timestamp + to_minutes(430 + 6 * (slot % 4) + 45 * (slot // 4))) as counted_at
    from shops
    cross join dates()
    cross join unnest(range(5)) as listed (slot)
    where
        day >= opened_on__ and (closed_on__ is null or day <= closed_on__)
        and (slot < 4 or (day - start_date() + store__) % 3 = 0)
)

select
    identifier('shelf count', count_number) as count_id,
    store_id__ as store_sk,
    identifier('item', item) as item_sk,
    10 + pick([store__, item, day - start_date()], 'expected', 30) as expected_quantity,
    expected_quantity + case when draw(count_number, 'differs') < 0.45 then wobble(count_number, 'by', 4) else 0 end
        as counted_quantity,
    counted_at,
    counted_at + interval 20 minutes as updated_at,
    counted_at + interval 20 minutes as arrives_at__
from planned
