with

source as (

    select * from {{ source('billing', 'plans') }}

),

renamed as (

    select
        plan_id,
        name as plan_name,
        tier,
        included_seats,
        included_actions
    from source

)

select * from renamed
