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
        case when moderation ->> '$.moderated_at' is null then 'pending' else 'approved' end as moderation_status,
        rating,
        json_array_length(cast(photos as json)) as n_photos,
        {{ to_utc('submitted_at') }} as submitted_at
    from source

)

select * from renamed
