-- Lines of the tickets; a line may be voided some hours later.
with lines as (
    select
        tickets.*,
        unnest(range(1, 1 + n_lines__)) as line,
        [ticket__, line] as key
    from tickets
),

with_item as (
    select
        lines.*,
        persons.customer_id__,
        case
            when is_pair__ or (lines.person__ is not null and draw(key, 'the favourite') < 0.4) then persons.favourite__
            else lines.copy__ * 40 + floor(39 * pow(draw(key, 'item'), 1.5))::bigint
        end as item
    from lines
    left join persons on lines.person__ = persons.person__
),

priced as (
    select
        with_item.*,
        assortment.item_id__,
        price_days.price_cents__,
        pick_weighted(key, 'quantity', [1, 2, 3, 5], [62, 24, 10, 4]) as quantity,
        case when draw(key, 'takes the promotion') < 0.75 then promotion_days.promo_sk__ end as promo_sk,
        case
            when promo_sk is not null then price_cents__ - price_cents__ * discount_pct__ // 100
            when draw(key, 'is marked down') < 0.06 then price_cents__ * 7 // 10
            else price_cents__
        end as sales_cents,
        case
            when draw(key, 'coupon') < 0.12 then least(sales_cents * quantity, 50 * (1 + pick(key, 'coupon value', 7)))
            else 0
        end as coupon_cents
    from with_item
    inner join assortment on with_item.item = assortment.item__
    inner join price_days on with_item.item = price_days.item__ and with_item.day__ = price_days.day__
    left join promotion_days
        on with_item.item = promotion_days.item__ and with_item.day__ = promotion_days.day__ and promotion_days.in_shops__
),

steps as (
    select *, 1 as version, false as is_void, posted_at__ as changed_at from priced
    union all
    select *, 2, true, posted_at__ + to_seconds(600 + pick(key, 'until voided', 30000))
    from priced
    where draw(key, 'is voided') < 0.05
)

select
    ticket_number__ as ticket_number,
    line as line_number,
    store_id__ as store_sk,
    item_id__ as item_sk,
    customer_id__ as customer_sk,
    promo_sk,
    till_number__ as till_number,
    day__ - date '2000-01-01' as sold_date_sk,
    minute__ as sold_time_sk,
    quantity,
    (price_cents__ / 100)::decimal(9, 2) as list_price,
    (sales_cents / 100)::decimal(9, 2) as sales_price,
    (coupon_cents / 100)::decimal(9, 2) as coupon_amt,
    (((sales_cents * quantity - coupon_cents) * tax_bps__ + 5000) // 10000 / 100)::decimal(9, 2) as tax_amt,
    is_void,
    changed_at as updated_at,
    ticket__,
    line as line__,
    copy__,
    store__,
    person__,
    item as item__,
    is_pair__,
    day__,
    minute__,
    time_zone__,
    till_number__,
    tender__,
    sold_at__,
    (sales_cents * quantity - coupon_cents)::bigint as net_cents__,
    ((sales_cents * quantity - coupon_cents) * tax_bps__ + 5000) // 10000 as tax_cents__,
    sales_cents as sales_cents__,
    coupon_cents as coupon_cents__,
    version as version__,
    changed_at as arrives_at__
from steps
