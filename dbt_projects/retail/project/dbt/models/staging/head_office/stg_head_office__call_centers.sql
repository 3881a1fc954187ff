with

source as (

    select * from {{ source('head_office', 'call_center') }}

),

renamed as (

    select
        call_center_sk as call_center_id,
        call_center_name,
        n_employees
    from source

)

select * from renamed
