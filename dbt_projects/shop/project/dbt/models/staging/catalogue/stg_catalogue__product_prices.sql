with

products as (

    select * from {{ ref('stg_catalogue__products') }}

),

unnested as (

    select
        sku,
        unnest(from_json(price_history, '[{"amount": "BIGINT", "currency": "VARCHAR", "from": "VARCHAR"}]')) as price
    from products

),

renamed as (

    select
        sku,
        price.currency as currency,
        price.amount as price_cents,
        {{ to_utc('price."from"') }} as valid_from,
        lead({{ to_utc('price."from"') }}) over (
            partition by sku
            order by price."from"
        ) as valid_to
    from unnested

)

select * from renamed
