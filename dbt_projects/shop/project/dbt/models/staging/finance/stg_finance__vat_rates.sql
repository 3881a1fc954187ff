with

source as (

    select * from {{ source('finance', 'vat_rates') }}

),

latest_list as (

    select *
    from source
    qualify
        row_number() over (
            partition by country_code, valid_from
            order by cast(published_at as timestamptz) desc
        ) = 1

),

renamed as (

    select
        country_code,
        cast(rate_bps as bigint) as vat_rate_bps,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from latest_list

)

select * from renamed
