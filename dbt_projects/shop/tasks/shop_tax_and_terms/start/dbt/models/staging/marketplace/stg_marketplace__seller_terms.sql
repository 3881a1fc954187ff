with

source as (

    select * from {{ source('marketplace', 'seller_terms') }}

),

renamed as (

    select
        terms_id,
        seller_id,
        commission_bps,
        greatest(valid_from, {{ berlin_date(to_utc('updated_at')) }}) as valid_from,
        {{ to_utc('updated_at') }} as terms_updated_at
    from source

)

select * from renamed
