with

source as (

    select * from {{ source('marketplace', 'blocked_customers') }}

),

renamed as (

    select
        block_id,
        customer_id,
        reason as block_reason,
        {{ to_utc('blocked_at') }} as blocked_at,
        {{ to_utc('lifted_at') }} as lifted_at
    from source

)

select * from renamed
