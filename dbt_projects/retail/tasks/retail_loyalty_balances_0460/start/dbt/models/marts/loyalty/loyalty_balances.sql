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
        cast(sum(earned_points) as bigint) as earned_points,
        cast(sum(redeemed_points) as bigint) as redeemed_points,
        cast(sum(expired_points) as bigint) as expired_points,
        cast(sum(points_change) as bigint) as balance_points,
        min(closing_points) as lowest_points,
        max(booked_on) as last_booked_on
    from days
    group by account_id

),

joined as (

    select
        accounts.account_id,
        accounts.customer_id,
        accounts.account_status,
        aggregated.earned_points,
        aggregated.redeemed_points,
        aggregated.expired_points,
        aggregated.balance_points,
        aggregated.lowest_points,
        -- What would have to be paid out: nothing for a closed account, or one in the red.
        aggregated.last_booked_on
    from accounts
    inner join aggregated on accounts.account_id = aggregated.account_id

)

select * from joined
