with

source as (

    select * from {{ source('reference', 'airlines') }}

),

latest_file as (

    select *
    from source
    qualify rank() over (order by _source_file desc) = 1

),

renamed as (

    select
        carrier_code || '-' || strftime(cast(valid_from as date), '%Y%m%d') as airline_id,
        carrier_code,
        name as airline_name,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from latest_file

)

select * from renamed
