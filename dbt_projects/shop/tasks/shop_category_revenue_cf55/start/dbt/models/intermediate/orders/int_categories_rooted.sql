with

categories as (

    select * from {{ ref('stg_catalogue__categories') }}

),

joined as (

    select
        categories.category_id,
        coalesce(parents.category_id, categories.category_id) as department_id
    from categories
    left join categories as parents on categories.parent_category_id = parents.category_id

)

select * from joined
