with

source as (

    select * from {{ source('product', 'seat_days') }}

),

latest_report as (

    select *
    from source
    qualify
        row_number() over (
            partition by workspace_id, seat_date
            order by cast(reported_at as timestamptz) desc
        ) = 1

),

renamed as (

    select
        cast(workspace_id as bigint) as workspace_id,
        cast(seat_date as date) as seat_date,
        cast(n_seats_in_use as bigint) as n_seats_in_use,
        {{ to_utc('reported_at') }} as reported_at
    from latest_report

)

select * from renamed
