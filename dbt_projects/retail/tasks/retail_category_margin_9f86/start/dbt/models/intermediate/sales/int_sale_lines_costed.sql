with

lines as (

    select * from {{ ref('int_sale_lines_unioned') }}

),

prices as (

    select * from {{ ref('int_item_prices_dated') }}

),

items as (

    select * from {{ ref('stg_head_office__items') }}

),

costed as (

    select
        lines.sale_line_id,
        lines.channel,
        lines.document_number,
        lines.line_number,
        lines.item_id,
        items.category,
        lines.customer_id,
        lines.promotion_id,
        lines.store_id,
        lines.quantity,
        lines.gross_cents,
        lines.discount_cents,
        lines.net_cents,
        lines.quantity * prices.unit_cost_cents as cost_cents,
        lines.sold_on,
        greatest(lines.sale_updated_at, prices.recorded_at) as source_updated_at
    from lines
    inner join items on lines.item_id = items.item_id
    inner join prices
        on
            lines.item_id = prices.item_id
            and lines.sold_on >= prices.valid_from
            and (lines.sold_on < prices.valid_before or prices.valid_before is null)

)

select * from costed
