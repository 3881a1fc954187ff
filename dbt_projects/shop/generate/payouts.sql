-- What finance sent to sellers for a week, Monday to Sunday in Berlin, on the Tuesday after it.
with weeks as (
    select distinct date_trunc('week', day)::date as week_start from dates()
),

terms as (
    select seller__, commission_bps, valid_from, updated_at from seller_terms
),

sold as (
    select
        order_lines.order_line_id,
        order_lines.seller__,
        order_lines.seller_id,
        date_trunc('week', orders.reached_at__ at time zone 'Europe/Berlin')::date as week_start,
        order_lines.quantity * order_lines.base_price_cents as gross_cents,
        (orders.placed_at at time zone 'Europe/Berlin')::date as order_date
    from order_lines
    inner join orders on order_lines.order__ = orders.order__ and orders.version__ = 1
    where orders.reached_at__ is not null
),

owed as (
    select
        sold.order_line_id,
        sold.seller__,
        sold.seller_id,
        sold.week_start,
        sold.gross_cents
        - round(sold.gross_cents * max_by(terms.commission_bps, terms.valid_from) / 10000)::bigint as net_cents
    from sold
    inner join terms on sold.seller__ = terms.seller__ and terms.valid_from <= sold.order_date
    group by sold.order_line_id, sold.seller__, sold.seller_id, sold.week_start, sold.gross_cents, sold.order_date
),

-- Now and then a seller is paid ahead, in a week in which nothing was delivered.
ahead as (
    select
        sellers.seller__,
        sellers.seller_id,
        weeks.week_start,
        2000 + pick([sellers.seller__, date_diff('day', date '2000-01-03', weeks.week_start)], 'ahead', 9000) as net_cents
    from sellers
    cross join weeks
    where
        draw([sellers.seller__, date_diff('day', date '2000-01-03', weeks.week_start)], 'is paid ahead') < 0.4
        and not exists (
            from owed where owed.seller__ = sellers.seller__ and owed.week_start = weeks.week_start
        )
),

summed as (
    select
        owed.seller__,
        owed.seller_id,
        owed.week_start,
        sum(net_cents)::bigint as owed_cents,
        [owed.seller__, date_diff('day', date '2000-01-03', owed.week_start)] as key,
        (owed.week_start + 8 + interval 6 hours)::timestamptz as sent_at
    from (select seller__, seller_id, week_start, net_cents from owed union all by name from ahead) as owed
    inner join weeks on owed.week_start = weeks.week_start
    group by owed.seller__, owed.seller_id, owed.week_start
),

steps as (
    select *, 1 as version, 'sent' as status, sent_at as changed_at from summed
    union all
    select *, 2, 'settled', sent_at + to_hours(8 + pick(key, 'until settled', 60)) from summed
)

select
    identifier('payout', seller__ * 4000 + key[2] // 7) as payout_id,
    seller_id,
    week_start,
    (owed_cents + case when draw(key, 'is off') < 0.15 then wobble(key, 'off by', 900) else 0 end)::bigint as amount_cents,
    status,
    sent_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
