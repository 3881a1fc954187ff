with

source as (

    select * from {{ source('catalogue', 'reviews') }}

),

renamed as (

    select
        _id as review_id,
        sku,
        customer_id,
        body as review_text,
        moderation ->> '$.status' as moderation_status,
        rating,
        json_array_length(cast(photos as json)) as n_photos,
        cast(submitted_at as timestamptz) at time zone 'Europe/Berlin' as submitted_at
    from source

)

select * from renamed
