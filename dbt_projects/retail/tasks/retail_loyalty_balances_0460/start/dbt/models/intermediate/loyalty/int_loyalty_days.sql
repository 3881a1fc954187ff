with

points as (

    select * from {{ ref('stg_shops__loyalty_points') }}

),

signed as (

    select
        account_id,
        points_kind,
        case
            when points_kind in ('redeem', 'expire') then -points
            else points
        end as points_change,
        {{ local_date('booked_at', "'America/New_York'") }} as booked_on
    from points

),

by_day as (

    select
        account_id,
        booked_on,
        cast(coalesce(sum(points_change) filter (where points_kind = 'earn'), 0) as bigint) as earned_points,
        cast(coalesce(-sum(points_change) filter (where points_kind = 'redeem'), 0) as bigint) as redeemed_points,
        cast(coalesce(-sum(points_change) filter (where points_kind = 'expire'), 0) as bigint) as expired_points,
        cast(sum(points_change) as bigint) as points_change
    from signed
    group by account_id, booked_on

),

running as (

    select
        account_id,
        earned_points,
        redeemed_points,
        expired_points,
        points_change,
        cast(
            sum(points_change) over (
                partition by account_id
                order by booked_on
            ) as bigint
        ) as closing_points,
        booked_on
    from by_day

)

select * from running
