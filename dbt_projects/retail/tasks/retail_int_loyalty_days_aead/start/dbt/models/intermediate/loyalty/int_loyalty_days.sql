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

by_day_groups as (

    select distinct
        account_id,
        booked_on
    from signed

),

n_bookings_of_by_day as (

    select
        account_id,
        booked_on,
        count(*) as n_bookings
    from signed
    group by account_id, booked_on

),

earned_points_of_by_day as (

    select
        account_id,
        booked_on,
        cast(coalesce(sum(points_change) filter (where points_kind = 'earn'), 0) as bigint) as earned_points
    from signed
    group by account_id, booked_on

),

redeemed_points_of_by_day as (

    select
        account_id,
        booked_on,
        cast(coalesce(-sum(points_change) filter (where points_kind = 'redeem'), 0) as bigint) as redeemed_points
    from signed
    group by account_id, booked_on

),

expired_points_of_by_day as (

    select
        account_id,
        booked_on,
        cast(coalesce(-sum(points_change) filter (where points_kind = 'expire'), 0) as bigint) as expired_points
    from signed
    group by account_id, booked_on

),

points_change_of_by_day as (

    select
        account_id,
        booked_on,
        cast(sum(points_change) as bigint) as points_change
    from signed
    group by account_id, booked_on

),

by_day as (

    select
        by_day_groups.account_id,
        by_day_groups.booked_on,
        n_bookings_of_by_day.n_bookings,
        earned_points_of_by_day.earned_points,
        redeemed_points_of_by_day.redeemed_points,
        expired_points_of_by_day.expired_points,
        points_change_of_by_day.points_change
    from by_day_groups
    left join n_bookings_of_by_day
        on
            by_day_groups.account_id = n_bookings_of_by_day.account_id
            and by_day_groups.booked_on = n_bookings_of_by_day.booked_on
    left join earned_points_of_by_day
        on
            by_day_groups.account_id = earned_points_of_by_day.account_id
            and by_day_groups.booked_on = earned_points_of_by_day.booked_on
    left join redeemed_points_of_by_day
        on
            by_day_groups.account_id = redeemed_points_of_by_day.account_id
            and by_day_groups.booked_on = redeemed_points_of_by_day.booked_on
    left join expired_points_of_by_day
        on
            by_day_groups.account_id = expired_points_of_by_day.account_id
            and by_day_groups.booked_on = expired_points_of_by_day.booked_on
    left join points_change_of_by_day
        on
            by_day_groups.account_id = points_change_of_by_day.account_id
            and by_day_groups.booked_on = points_change_of_by_day.booked_on

),

running as (

    select
        account_id,
        n_bookings,
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
