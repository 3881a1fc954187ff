with

source as (

    select * from {{ source('billing', 'prorations') }}

),

renamed as (

    select
        proration_id,
        subscription_id,
        invoice_id,
        credit_cents,
        charge_cents,
        {{ to_utc('changed_at') }} as changed_at,
        {{ to_utc('updated_at') }} as proration_updated_at
    from source

)

select * from renamed
