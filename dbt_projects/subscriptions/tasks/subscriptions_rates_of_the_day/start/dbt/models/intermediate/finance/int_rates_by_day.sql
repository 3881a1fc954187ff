with

rates as (

    select * from {{ ref('stg_finance__exchange_rates') }}

),

with_next as (

    select
        currency,
        units_per_10000_eur,
        rate_date,
        lag(rate_date) over (
            partition by currency
            order by rate_date
        ) as last_rate_date
    from rates

),

by_day as (

    select
        currency,
        units_per_10000_eur,
        rate_date,
        cast(
            unnest(
                generate_series(
                    coalesce(last_rate_date + 1, rate_date),
                    rate_date,
                    interval 1 day
                )
            ) as date
        ) as rate_day
    from with_next

)

select * from by_day
