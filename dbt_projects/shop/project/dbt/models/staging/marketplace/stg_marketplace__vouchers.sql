with

source as (

    select * from {{ source('marketplace', 'vouchers') }}

),

renamed as (

    select
        voucher_code,
        kind as voucher_kind,
        campaign,
        value as voucher_value,
        minimum_cents,
        valid_from,
        valid_to
    from source

)

select * from renamed
