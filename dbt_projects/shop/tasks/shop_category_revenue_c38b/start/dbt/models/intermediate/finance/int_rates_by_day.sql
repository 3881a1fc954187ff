with

rates as (

    select * from {{ ref('stg_finance__exchange_rates') }}

),

days as (

    select
        cast(
            unnest(generate_series(min(rate_date), {{ berlin_date(pinned_now()) }}, interval 1 day)) as date
        ) as rate_day
    from rates

),

foreign_currencies as (

    select
        days.rate_day,
        rates.currency,
        max_by(rates.units_per_10000_eur, rates.rate_date) as units_per_10000_eur,
        max(rates.rate_date) as rate_date
    from days
    inner join rates on days.rate_day > rates.rate_date
    group by days.rate_day, rates.currency

),

with_euro as (

    select
        currency,
        units_per_10000_eur,
        rate_day,
        rate_date
    from foreign_currencies
    union all
    select
        'EUR' as currency,
        10000 as units_per_10000_eur,
        rate_day,
        rate_day as rate_date
    from days

)

select * from with_euro
