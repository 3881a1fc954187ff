with

rates as (

    select * from {{ ref('stg_finance__exchange_rates') }}

),

with_next as (

    select
        currency,
        units_per_10000_eur,
        rate_date,
        lead(rate_date) over (
            order by rate_date
        ) as next_rate_date
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
                    rate_date,
                    coalesce(next_rate_date - 1, cast({{ pinned_now() }} as date)),
                    interval 1 day
                )
            ) as date
        ) as rate_day
    from with_next

)

select * from by_day
