with

source as (

    select * from {{ source('shops', 'loyalty_accounts') }}

),

renamed as (

    select
        account_id,
        customer_sk as customer_id,
        status as account_status,
        opened_on,
        {{ to_utc('updated_at') }} as account_updated_at
    from source

)

select * from renamed
