with

journal as (

    select * from {{ ref('stg_tills__till_journal') }}

),

stores as (

    select * from {{ ref('stg_shops__stores') }}

),

local_events as (

    select
        stores.store_id,
        journal.till_number,
        journal.event_kind,
        journal.tender,
        journal.amount_cents,
        {{ local_date('journal.occurred_at', 'stores.time_zone') }} as till_date,
        journal.occurred_at
    from journal
    inner join stores on journal.store_code = stores.store_code

),

aggregated as (

    select
        store_id || '-' || till_number || '-' || till_date as till_day_id,
        store_id,
        till_number,
        count(*) as n_events,
        max(amount_cents) filter (where event_kind = 'open') as opened_cents,
        max(amount_cents) filter (where event_kind = 'close') as counted_cents,
        sum(amount_cents) filter (where event_kind = 'sale') as sales_cents,
        sum(amount_cents) filter (where event_kind = 'sale' and tender = 'cash') as cash_in_cents,
        sum(amount_cents) filter (where event_kind in ('void', 'refund') and tender = 'cash') as cash_out_cents,
        till_date,
        max(occurred_at) as last_sent_at
    from local_events
    group by store_id, till_number, till_date

),

with_difference as (

    select
        till_day_id,
        store_id,
        till_number,
        n_events,
        opened_cents,
        cast(coalesce(sales_cents, 0) as bigint) as sales_cents,
        cast(coalesce(cash_in_cents, 0) as bigint) as cash_in_cents,
        cast(coalesce(cash_out_cents, 0) as bigint) as cash_out_cents,
        counted_cents,
        cast(
            counted_cents - (opened_cents + coalesce(cash_in_cents, 0) - coalesce(cash_out_cents, 0)) as bigint
        ) as difference_cents,
        till_date,
        last_sent_at
    from aggregated

)

select * from with_difference
