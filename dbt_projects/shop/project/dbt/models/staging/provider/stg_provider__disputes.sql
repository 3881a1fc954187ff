with

source as (

    select * from {{ source('provider', 'disputes') }}

),

renamed as (

    select
        dispute_id,
        provider_reference,
        reason as dispute_reason,
        status as dispute_status,
        currency,
        amount_cents,
        {{ to_utc('opened_at') }} as opened_at,
        {{ to_utc('updated_at') }} as dispute_updated_at
    from source

)

select * from renamed
