with visits as (
    select customer_id, day, [customer_id, day - start_date()] as key
    from customers
    cross join dates()
    where draw([customer_id, day - start_date()], 'comes') < 0.5
)

select
    (18446744073709000000::ubigint + (key[1] * 1000 + key[2])::ubigint)::ubigint as receipt_id,
    customer_id,
    ((1 + pick(key, 'amount', 9000)) * 0.01)::decimal(10, 2) as amount,
    draw(key, 'paid') < 0.8 as is_paid,
    pick(key, 'flags', 16) as flags,
    {'items': [choose(key, 'item', ['bread', 'cake'])]} as details,
    between_times(key, 'time', day + interval 6 hours, day + interval 18 hours)::timestamptz as made_at,
    made_at as updated_at
from visits
