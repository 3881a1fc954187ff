with

source as (

    select * from {{ source('reference', 'time_dim') }}

),

renamed as (

    select
        time_sk as minute_of_day,
        hour,
        minute,
        day_part
    from source

)

select * from renamed
