with

source as (

    select * from {{ source('provider', 'settlements') }}

),

renamed as (

    select
        settlement_id,
        merchant_account,
        currency,
        n_payments,
        gross_cents,
        fee_cents,
        net_cents,
        payment_date,
        {{ to_utc('created_at') }} as settled_at
    from source

)

select * from renamed
