with

categories as (

    select * from {{ ref('stg_catalogue__categories') }}

),

joined as (

    select
        categories.category_id,
        categories.category_name,
        coalesce(parents.category_id, categories.category_id) as department_id,
        coalesce(parents.category_name, categories.category_name) as department_name
    from categories
    left join categories as parents on split_part(categories.category_id, '.', 1) = parents.category_id

)

select * from joined
