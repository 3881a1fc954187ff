with

store_days as (

    select * from {{ ref('store_days') }}

),

ranked as (

    select
        store_days.store_id,
        store_days.n_tickets,
        rank() over (
            partition by store_days.business_date
            order by store_days.n_tickets desc
        ) as rank_on_day,
        count(*) over (partition by store_days.business_date) as n_open_shops,
        store_days.net_cents,
        store_days.net_cents / sum(store_days.net_cents) over (
            partition by store_days.business_date
        ) as share_of_day,
        week_before.net_cents as week_before_cents,
        store_days.net_cents - week_before.net_cents as change_cents,
        store_days.business_date
    from store_days
    left join store_days as week_before
        on
            store_days.store_id = week_before.store_id
            and store_days.business_date = week_before.business_date + 7

)

select * from ranked
