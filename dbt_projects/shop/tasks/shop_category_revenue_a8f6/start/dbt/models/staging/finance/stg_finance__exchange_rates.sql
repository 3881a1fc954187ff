with

source as (

    select * from {{ source('finance', 'exchange_rates') }}

),

latest_rate as (

    select *
    from source
    qualify
        row_number() over (
            partition by rate_date, currency
            order by cast(published_at as timestamptz) asc
        ) = 1

),

renamed as (

    select
        currency,
        cast(round(cast(replace(units_per_eur, ',', '.') as decimal(12, 4)) * 10000) as bigint) as units_per_10000_eur,
        cast(rate_date as date) as rate_date,
        {{ to_utc('published_at') }} as published_at
    from latest_rate

)

select * from renamed
