{% set reference_days = 7 %}
{% set least_reduction_bps = 500 %}

with

prices as (

    select * from {{ ref('stg_catalogue__product_prices') }}

),

lines as (

    select * from {{ ref('int_order_lines_converted') }}

),

orders as (

    select * from {{ ref('orders') }}

),

with_previous as (

    select
        sku,
        price_cents,
        lag(price_cents) over (
            partition by sku
            order by valid_from
        ) as previous_price_cents,
        valid_from,
        valid_to
    from prices

),

drops as (

    select * from with_previous
    where price_cents < previous_price_cents

),

-- Prices that held at some time in the days before a drop; the one just before it always did.
reference_prices as (

    select
        drops.sku,
        drops.valid_from,
        min(prices.price_cents) as reference_price_cents
    from drops
    inner join prices
        on
            drops.sku = prices.sku
            and drops.valid_from >= prices.valid_to
            and prices.valid_to > drops.valid_from - interval {{ reference_days }} day
    group by drops.sku, drops.valid_from

),

sales as (

    select
        drops.sku,
        drops.valid_from,
        cast(sum(lines.quantity) as bigint) as n_units_sold
    from drops
    inner join lines on drops.sku = lines.sku
    inner join orders on lines.order_id = orders.order_id
    where
        orders.placed_at >= drops.valid_from
        and (orders.placed_at < drops.valid_to or drops.valid_to is null)
    group by drops.sku, drops.valid_from

),

joined as (

    select
        drops.sku,
        drops.price_cents,
        drops.previous_price_cents,
        reference_prices.reference_price_cents,
        greatest(reference_prices.reference_price_cents - drops.price_cents, 0) * 10000
        // reference_prices.reference_price_cents as reduction_bps,
        coalesce(sales.n_units_sold, 0) as n_units_sold,
        drops.valid_from,
        drops.valid_to
    from drops
    inner join reference_prices
        on drops.sku = reference_prices.sku and drops.valid_from = reference_prices.valid_from
    left join sales
        on drops.sku = sales.sku and drops.valid_from = sales.valid_from

),

with_verdict as (

    select
        sku,
        price_cents,
        previous_price_cents,
        reference_price_cents,
        reduction_bps,
        n_units_sold,
        reduction_bps >= {{ least_reduction_bps }} as may_be_shown,
        valid_from,
        valid_to
    from joined

)

select * from with_verdict
