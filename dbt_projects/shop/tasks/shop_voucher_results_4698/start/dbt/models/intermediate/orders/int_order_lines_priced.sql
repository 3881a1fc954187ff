with

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

order_lines as (

    select * from {{ ref('stg_marketplace__order_lines') }}

),

discounts as (

    select * from {{ ref('int_order_lines_discounted') }}

),

vat_rates as (

    select * from {{ ref('stg_finance__vat_rates') }}

),

seller_terms as (

    select * from {{ ref('stg_marketplace__seller_terms') }}

),

payments as (

    select * from {{ ref('int_payments_by_order') }}

),

commissions as (

    select
        order_lines.order_line_id,
        max_by(seller_terms.commission_bps, seller_terms.valid_from) as commission_bps
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    inner join seller_terms
        on
            order_lines.seller_id = seller_terms.seller_id
            and orders.order_date >= seller_terms.valid_from
    group by order_lines.order_line_id

),

joined as (

    select
        order_lines.order_line_id,
        order_lines.order_id,
        orders.customer_id,
        order_lines.seller_id,
        order_lines.sku,
        orders.currency,
        orders.ship_to_country,
        order_lines.line_number,
        order_lines.quantity,
        discounts.discount_cents,
        discounts.gross_cents - discounts.discount_cents as paid_cents,
        vat_rates.vat_rate_bps,
        {{ without_vat('(discounts.gross_cents - discounts.discount_cents)', 'vat_rates.vat_rate_bps') }} as net_cents,
        order_lines.quantity * order_lines.base_price_cents as base_cents,
        commissions.commission_bps,
        coalesce(payments.is_paid, false) as is_paid,
        orders.order_date
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    inner join discounts on order_lines.order_line_id = discounts.order_line_id
    left join vat_rates
        on
            orders.ship_to_country = vat_rates.country_code
            and orders.order_date >= vat_rates.valid_from
            and (orders.order_date <= vat_rates.valid_to or vat_rates.valid_to is null)
    left join commissions on order_lines.order_line_id = commissions.order_line_id
    left join payments on order_lines.order_id = payments.order_id

)

select * from joined
