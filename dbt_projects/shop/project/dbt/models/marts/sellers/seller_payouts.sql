with

lines as (

    select * from {{ ref('int_order_lines_priced') }}

),

deliveries as (

    select * from {{ ref('int_orders_delivered') }}
    where delivered_at is not null

),

sellers as (

    select * from {{ ref('stg_marketplace__sellers') }}

),

payouts as (

    select * from {{ ref('stg_marketplace__payouts') }}

),

line_amounts as (

    select
        lines.seller_id,
        lines.base_cents,
        cast({{ divide_half_up('lines.base_cents * lines.commission_bps', 10000) }} as bigint) as commission_cents,
        cast(date_trunc('week', deliveries.delivered_on) as date) as week_start
    from lines
    inner join deliveries on lines.order_id = deliveries.order_id

),

owed as (

    select
        seller_id,
        week_start,
        count(*) as n_lines,
        cast(sum(base_cents) as bigint) as sold_cents,
        cast(sum(commission_cents) as bigint) as commission_cents
    from line_amounts
    group by seller_id, week_start

),

joined as (

    select
        coalesce(owed.seller_id, payouts.seller_id) as seller_id,
        coalesce(owed.week_start, payouts.week_start) as week_start,
        coalesce(owed.n_lines, 0) as n_lines,
        coalesce(owed.sold_cents, 0) as sold_cents,
        coalesce(owed.commission_cents, 0) as commission_cents,
        coalesce(owed.sold_cents - owed.commission_cents, 0) as owed_cents,
        payouts.amount_cents as paid_out_cents,
        payouts.payout_status,
        payouts.sent_at
    from owed
    full outer join payouts
        on owed.seller_id = payouts.seller_id and owed.week_start = payouts.week_start

),

with_seller as (

    select
        joined.seller_id,
        sellers.seller_name,
        joined.n_lines,
        joined.sold_cents,
        joined.commission_cents,
        joined.owed_cents,
        joined.paid_out_cents,
        joined.paid_out_cents - joined.owed_cents as difference_cents,
        case
            when joined.paid_out_cents is null then 'open'
            when joined.paid_out_cents < joined.owed_cents then 'too_little'
            when joined.paid_out_cents > joined.owed_cents then 'too_much'
            else 'right'
        end as payout_check,
        joined.payout_status,
        joined.week_start,
        joined.sent_at
    from joined
    left join sellers on joined.seller_id = sellers.seller_id

)

select * from with_seller
