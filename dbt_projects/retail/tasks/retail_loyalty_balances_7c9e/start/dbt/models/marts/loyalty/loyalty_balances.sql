with

accounts as (

    select * from {{ ref('stg_shops__loyalty_accounts') }}

),

days as (

    select * from {{ ref('int_loyalty_days') }}

),

aggregated as (

    select
        account_id,
        cast(sum(n_bookings) as bigint) as n_bookings,
        max(booked_on) as last_booked_on
    from days
    group by account_id

),

joined as (

    select
        accounts.account_id,
        accounts.customer_id,
        accounts.tier,
        accounts.account_status,
        aggregated.n_bookings,
        aggregated.last_booked_on
    from accounts
    inner join aggregated on accounts.account_id = aggregated.account_id

)

select * from joined
