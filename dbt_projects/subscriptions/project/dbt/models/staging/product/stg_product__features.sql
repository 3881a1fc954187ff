with

source as (

    select * from {{ source('product', 'features') }}

),

latest_list as (

    select *
    from source
    qualify
        row_number() over (
            partition by feature_code
            order by _source_file desc
        ) = 1

),

renamed as (

    select
        feature_code,
        name as feature_name,
        cast(is_metered as boolean) as is_metered,
        cast(released_on as date) as released_on
    from latest_list

)

select * from renamed
