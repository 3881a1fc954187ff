with

source as (

    select * from {{ source('reference', 'household_demographics') }}

),

renamed as (

    select
        household_demo_sk as household_demo_id,
        income_band_sk as income_band_id,
        buy_potential,
        n_dependents,
        n_vehicles
    from source

)

select * from renamed
