with lines as (
    select
        baskets.*,
        unnest(range(n_lines__)) as line
    from baskets
),

with_product as (
    select
        *,
        case
            when day_index__ >= 6 and draw([order__, line], 'new product') < 0.1
                then 1000000
                + ((day_index__ - 1 - pick([order__, line], 'new since', 5)) * 1000 + copy__) * 2
                + pick([order__, line], 'which new', 2)
            else copy__ * 150 + floor(150 * pow(draw([order__, line], 'product'), 1.8))::bigint
        end as product
    from lines
),

priced as (
    select
        with_product.*,
        assortment.sku__,
        assortment.seller__,
        assortment.warehouse_code__,
        max_by(price_changes.price_cents__, price_changes.nth__) as price_cents
    from with_product
    inner join assortment on with_product.product = assortment.product__
    inner join price_changes
        on with_product.product = price_changes.product__ and price_changes.valid_from__ <= with_product.placed_at__
    group by all
)

select
    identifier('order line', order__ * 4 + line) as order_line_id,
    order_id__ as order_id,
    line + 1 as line_number,
    sku__ as sku,
    sellers.seller_id,
    pick_weighted([order__, line], 'quantity', [1, 2, 3, 6], [70, 19, 8, 3]) as quantity,
    case when currency__ = 'EUR' then price_cents else round(price_cents * price_factor__ / 10)::bigint * 10 end
        as unit_price_cents,
    price_cents as base_price_cents,
    placed_at__ as updated_at,
    placed_at__ as arrives_at__,
    given_up_at__ as deleted_at__,
    order__,
    line as line__,
    product as product__,
    priced.seller__,
    warehouse_code__
from priced
inner join sellers on priced.seller__ = sellers.seller__
