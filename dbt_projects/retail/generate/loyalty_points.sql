-- Points: what accounts began with, what they earned at the till, what was redeemed, expired and corrected.
with holders as (
    select * from persons where account_id__ is not null and person__ % 120 < 118
),

earned as (
    select
        holders.person__,
        holders.account_id__,
        'earn' as kind,
        (sum(store_sales.net_cents__) // 100)::bigint as points,
        'T' || store_sales.ticket_number as reference,
        min(store_sales.arrives_at__) + interval 1 minute as booked_at,
        store_sales.ticket__ * 10 as movement
    from store_sales
    inner join holders on store_sales.person__ = holders.person__
    where store_sales.version__ = 1
    group by all
),

drawn as (
    select
        holders.*,
        day,
        pick_weighted(
            [person__, day - start_date()], 'kind', ['none', 'redeem', 'expire', 'correction'], [84, 9, 3, 4]
        ) as kind
    from holders
    cross join dates()
),

others as (
    select
        person__,
        account_id__,
        'opening' as kind,
        case when person__ % 12 = 5 then 1 else 20 + pick(person__, 'opening', 400) end::bigint as points,
        'OPEN' || person__ as reference,
        start_date()::timestamptz - interval 30 hours as booked_at,
        person__ * 10000 + 1 as movement
    from holders
    union all
    -- Some redeem more than they have, in two goes on one day; others lose points twice on one day.
    select
        person__,
        account_id__,
        case when person__ % 12 = 5 then 'redeem' else 'expire' end,
        case when person__ % 12 = 5 then 600 + 100 * nth else 5 + nth end::bigint,
        'CAR' || person__ || '-' || nth,
        start_date()::timestamptz + interval 88 hours + to_minutes(nth),
        person__ * 10000 + 3 + nth
    from holders
    cross join unnest([0, 1]) as listed (nth)
    where person__ % 12 in (5, 6)
    union all
    select
        person__,
        account_id__,
        kind,
        (case
            when kind = 'correction' then wobble([person__, day - start_date()], 'corrected by', 40)
            else 10 * (1 + pick([person__, day - start_date()], 'points', 9))
        end)::bigint,
        'M' || person__ || '-' || (day - start_date()),
        day::timestamptz + to_seconds(36000 + pick([person__, day - start_date()], 'when', 64000)),
        person__ * 10000 + 10 * (day - start_date()) + 2
    from drawn
    where kind <> 'none'
)

select
    identifier('points', movement) as points_id,
    account_id__ as account_id,
    kind,
    points,
    reference,
    booked_at,
    booked_at + interval 5 seconds as recorded_at
from earned
where points > 0
union all
select
    identifier('other points', movement),
    account_id__,
    kind,
    points,
    reference,
    booked_at,
    booked_at + interval 5 seconds
from others
