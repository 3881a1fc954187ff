-- Prices and costs with the day from which they hold. Some are recorded late, some are recorded a second time, corrected.
with changes as (
    select *, 0 as change, start_date() - 30 - pick(item__, 'first', 60) as valid_from from assortment
    union all
    select *, 1, start_date() + 2 + pick(item__, 'second', 10)
    from assortment
    where nth__ % 5 = 0 or nth__ % 8 = 2 or draw(item__, 'has a second') < 0.5
    union all
    select *, 3, start_date() + 13 + pick(item__, 'third', 3) from assortment where nth__ % 7 = 3
),

recorded as (
    select
        *,
        case
            when change = 1 and nth__ % 5 = 0 then valid_from::timestamptz + interval 62 hours
            else valid_from::timestamptz - interval 9 hours
        end as recorded_at
    from changes
    union all
    select
        * replace (2 as change),
        valid_from::timestamptz + interval 90 hours
    from changes
    where change = 1 and nth__ % 8 = 2
),

priced as (
    select
        *,
        case
            when change = 0 then base_price_cents__
            else greatest(199, base_price_cents__ + wobble([item__, change], 'step', 5) * (40 + base_price_cents__ // 25))
        end as price_cents,
        case
            when change = 0 then base_price_cents__ * cost_pct__ // 100
            else base_price_cents__ * (cost_pct__ + wobble([item__, change], 'cost step', 9)) // 100
        end as cost_cents
    from recorded
)

select
    identifier('price change', item__ * 10 + change) as change_id,
    item_id__ as item_sk,
    (price_cents / 100)::decimal(9, 2) as list_price,
    (cost_cents / 100)::decimal(9, 2) as unit_cost,
    valid_from,
    recorded_at,
    item__,
    change as change__,
    price_cents::bigint as price_cents__,
    recorded_at as arrives_at__
from priced
