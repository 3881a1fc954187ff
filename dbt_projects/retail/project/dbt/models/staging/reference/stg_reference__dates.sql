with

source as (

    select * from {{ source('reference', 'date_dim') }}

),

renamed as (

    select
        date_sk as date_id,
        calendar_date,
        week_seq as week_number,
        week_start,
        calendar_year,
        calendar_month,
        day_name,
        is_weekend,
        is_holiday
    from source

)

select * from renamed
