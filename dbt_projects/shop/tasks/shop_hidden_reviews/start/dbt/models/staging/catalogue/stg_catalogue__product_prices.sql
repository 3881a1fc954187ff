with

products as (

    select * from {{ ref('stg_catalogue__products') }}

),

unnested as (

    select
        sku,
        unnest(cast(price_history as json[])) as price
    from products

),

renamed as (

    select
        sku,
        price ->> '$.currency' as currency,
        cast(price ->> '$.amount' as bigint) as price_cents,
        {{ to_utc("price ->> '$.from'") }} as valid_from
    from unnested

),

with_end as (

    select
        sku,
        currency,
        price_cents,
        valid_from,
        lead(valid_from) over (
            partition by sku
            order by price_cents
        ) as valid_to
    from renamed

)

select * from with_end
