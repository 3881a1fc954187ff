with

source as (

    select * from {{ source('shops', 'loyalty_points') }}

),

first_record_of_a_booking as (

    select *
    from source
    qualify
        row_number() over (
            partition by account_id, reference
            order by recorded_at
        ) = 1

),

renamed as (

    select
        points_id,
        account_id,
        points,
        reference,
        {{ to_utc('booked_at') }} as booked_at,
        {{ to_utc('recorded_at') }} as recorded_at
    from first_record_of_a_booking

)

select * from renamed
