with

refunds as (

    select * from {{ ref('stg_marketplace__refunds') }}

),

lines as (

    select * from {{ ref('int_order_lines_priced') }}

),

approved as (

    select
        order_line_id,
        count(*) as n_refunds,
        cast(sum(amount_cents) as bigint) as refunded_cents,
        cast(sum(quantity_returned) as bigint) as quantity_returned,
        max(decided_at) as last_refunded_at
    from refunds
    group by order_line_id

),

with_net as (

    select
        approved.order_line_id,
        lines.order_id,
        approved.n_refunds,
        approved.quantity_returned,
        approved.refunded_cents,
        {{ without_vat('approved.refunded_cents', 'lines.vat_rate_bps') }} as refunded_net_cents,
        approved.last_refunded_at
    from approved
    inner join lines on approved.order_line_id = lines.order_line_id

)

select * from with_net
