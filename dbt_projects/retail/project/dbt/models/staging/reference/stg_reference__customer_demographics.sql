with

source as (

    select * from {{ source('reference', 'customer_demographics') }}

),

renamed as (

    select
        demo_sk as demo_id,
        gender,
        marital_status,
        education,
        credit_rating,
        n_dependents
    from source

)

select * from renamed
