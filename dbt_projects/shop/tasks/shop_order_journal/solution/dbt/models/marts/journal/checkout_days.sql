with

journal as (

    select * from {{ ref('order_journal') }}

),

counted as (

    select
        channel,
        count(*) as n_orders,
        count(*) filter (where journal_status = 'expired') as n_expired,
        count(*) filter (where journal_status = 'cancelled') as n_cancelled,
        count(*) filter (where journal_status = 'placed') as n_waiting,
        count(*) filter (where n_status_changes > 0) as n_moved,
        order_date
    from journal
    group by channel, order_date

),

with_share as (

    select
        channel,
        n_orders,
        n_expired,
        n_cancelled,
        n_waiting,
        n_moved,
        n_expired / nullif(n_orders - n_waiting, 0) as expired_share,
        order_date
    from counted

)

select * from with_share
