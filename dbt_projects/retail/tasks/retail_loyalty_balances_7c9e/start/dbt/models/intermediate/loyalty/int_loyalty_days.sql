with

points as (

    select * from {{ ref('stg_shops__loyalty_points') }}

),

signed as (

    select
        account_id,
        {{ local_date('booked_at', "'America/New_York'") }} as booked_on
    from points

),

by_day as (

    select
        account_id,
        booked_on,
        count(*) as n_bookings
    from signed
    group by account_id, booked_on

),

running as (

    select
        account_id,
        n_bookings,
        booked_on
    from by_day

)

select * from running
