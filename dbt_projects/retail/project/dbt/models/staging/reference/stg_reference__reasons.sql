with

source as (

    select * from {{ source('reference', 'reason') }}

),

renamed as (

    select
        reason_sk as reason_id,
        reason_text,
        is_fault
    from source

)

select * from renamed
