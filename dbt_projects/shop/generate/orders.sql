-- Orders: one version for each change of the status. An order that nobody pays is deleted after 48 hours.
with totals as (
    select order__, sum(quantity * unit_price_cents)::bigint as items_cents
    from order_lines
    group by order__
),

sent as (
    select
        order__,
        max(handed_over_at__) as shipped_at,
        case when count(*) = count(delivered_at__) then max(delivered_at__) end as delivered_at
    from parcels
    group by order__
),

amounts as (
    select
        baskets.*,
        totals.items_cents,
        sent.shipped_at,
        sent.delivered_at,
        case when totals.items_cents >= vouchers.minimum_cents * baskets.price_factor__ then vouchers.kind end
            as voucher_kind,
        case
            when voucher_kind = 'percent' then totals.items_cents * vouchers.value // 100
            when voucher_kind = 'fixed' then least(totals.items_cents, round(vouchers.value * baskets.price_factor__)::bigint)
            else 0
        end as discount_cents,
        case
            when voucher_kind = 'shipping' or totals.items_cents >= round(5000 * baskets.price_factor__) then 0
            else round(490 * baskets.price_factor__)::bigint + case when is_express__ then 300 else 0 end
        end as shipping_cents
    from baskets
    inner join totals on baskets.order__ = totals.order__
    left join sent on baskets.order__ = sent.order__
    left join vouchers on baskets.voucher_code__ = vouchers.voucher_code
),

steps as (
    select *, 1 as version, 'placed' as status, placed_at__ as changed_at from amounts
    union all
    select *, 2, 'paid', paid_at__ from amounts where paid_at__ is not null
    union all
    select *, 3, 'cancelled', cancelled_at__ from amounts where cancelled_at__ is not null
    union all
    select *, 4, 'shipped', shipped_at + interval 12 minutes from amounts where shipped_at is not null
    union all
    select *, 5, 'delivered', delivered_at + interval 25 minutes from amounts where delivered_at is not null
)

select
    order_id__ as order_id,
    order_number__ as order_number,
    customer_id__ as customer_id,
    device_channel__ as channel,
    status,
    currency__ as currency,
    ship_country__ as ship_to_country,
    case when voucher_kind is not null then voucher_code__ end as voucher_code,
    discount_cents::bigint as discount_cents,
    shipping_cents::bigint as shipping_cents,
    placed_at__ as placed_at,
    changed_at as updated_at,
    order__,
    items_cents as items_cents__,
    delivered_at as reached_at__,
    version as version__,
    changed_at as arrives_at__,
    given_up_at__ as deleted_at__
from steps
