with visits as (
    select customer_id, day, [number__, day - start_date()] as key
    from customers
    cross join dates()
    where draw([number__, day - start_date()], 'comes') < 0.4
)

select
    identifier('order', key[1] * 10000 + key[2]) as order_id,
    customer_id,
    between_times(key, 'time', day + interval 6 hours, day + interval 18 hours) as ordered_at,
    round(lognormal(key, 'amount', 1200, 0.6))::bigint as amount_cents,
    case when draw(key, 'has note') < 0.3 then choose(key, 'note', ['gift', 'sliced', 'no nuts']) end as note,
    ordered_at::timestamptz + to_minutes(1 + pick(key, 'lag', 20)) as loaded_at,
    loaded_at as updated_at
from visits
