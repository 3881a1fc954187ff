with

source as (

    select * from {{ source('marketplace', 'support_cases') }}

),

renamed as (

    select
        case_id,
        order_id,
        topic,
        status as case_status,
        {{ to_utc('opened_at') }} as opened_at,
        {{ to_utc('updated_at') }} as case_updated_at
    from source

)

select * from renamed
