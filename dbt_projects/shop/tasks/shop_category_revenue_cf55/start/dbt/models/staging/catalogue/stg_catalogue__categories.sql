with

source as (

    select * from {{ source('catalogue', 'categories') }}

),

renamed as (

    select
        _id as category_id,
        parent_id as parent_category_id
    from source

)

select * from renamed
