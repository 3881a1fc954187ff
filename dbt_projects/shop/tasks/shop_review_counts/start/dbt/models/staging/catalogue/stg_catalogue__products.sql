with

source as (

    select * from {{ source('catalogue', 'products') }}

),

renamed as (

    select
        _id as document_id,
        sku,
        seller_id,
        category as category_id,
        title ->> '$.en' as product_title,
        brand,
        status as product_status,
        cast(
            round(
                coalesce(
                    cast(shipping ->> '$.weight_grams' as double),
                    cast(weight ->> '$.value' as double)
                )
            ) as bigint
        ) as weight_grams,
        prices as price_history,
        {{ to_utc('updated_at') }} as product_updated_at
    from source

)

select * from renamed
