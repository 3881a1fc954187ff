-- The journals of the tills: opened with some change, closed with what was counted; all in order of the local day.
with till_days as (
    select
        shops.*,
        day,
        till,
        store__ * 10000 + (day - start_date()) * 10 + till as till_day,
        choose(till_day, 'float', [15000, 20000]) as float_cents,
        timezone(time_zone__, day::timestamp + interval 530 minutes) as opened_at,
        timezone(time_zone__, day::timestamp + interval 1275 minutes) as closed_at
    from shops
    cross join dates()
    cross join unnest([1, 2]) as listed (till)
    where day >= opened_on__ and (closed_on__ is null or day <= closed_on__)
),

cash as (
    select
        till_events.store__,
        till_events.till_number__ as till,
        (timezone(shops.time_zone__, till_events.occurred_at__))::date as day,
        sum(case when kind__ = 'sale' then amount_cents__ else -amount_cents__ end)::bigint as cash_cents
    from till_events
    inner join shops on till_events.store__ = shops.store__
    where tender__ = 'cash'
    group by all
),

counted as (
    select
        till_days.*,
        float_cents + coalesce(cash_cents, 0)
        + case when draw(till_day, 'is off') < 0.2 then 25 * wobble(till_day, 'off by', 40) else 0 end as counted_cents
    from till_days
    left join cash on till_days.store__ = cash.store__ and till_days.till = cash.till and till_days.day = cash.day
),

together as (
    select
        'O' || till_day as event, store__, till as till_number, 'open' as kind, 'cash' as tender, float_cents::bigint as amount_cents,
        null::bigint as ticket_number, opened_at as occurred_at
    from till_days
    union all
    select event__, store__, till_number__, kind__, tender__, amount_cents__, ticket_number__, occurred_at__ from till_events
    union all
    select 'C' || till_day, store__, till, 'close', 'cash', greatest(0, counted_cents)::bigint, null, closed_at
    from counted
    where (store__ + (day - start_date()) * 3 + till) % 11 <> 4
)

select
    'j' || left(md5(concat_ws('|', seed(), 'journal', event)), 15) as event_id,
    'AF' || printf('%03d', store__ + 1) as store_code,
    till_number,
    kind as event,
    tender,
    amount_cents,
    ticket_number,
    occurred_at,
    occurred_at + to_seconds(1 + pick(event, 'until sent', 30)) as sent_at
from together
