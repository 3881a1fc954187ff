with

source as (

    select * from {{ source('reference', 'income_band') }}

),

renamed as (

    select
        income_band_sk as income_band_id,
        lower_bound,
        upper_bound
    from source

)

select * from renamed
