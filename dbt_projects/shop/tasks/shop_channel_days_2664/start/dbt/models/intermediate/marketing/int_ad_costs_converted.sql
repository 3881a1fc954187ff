with

ad_costs as (

    select * from {{ ref('stg_clickstream__ad_costs') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

in_euros as (

    select
        ad_costs.campaign,
        ad_costs.channel,
        ad_costs.n_clicks,
        ad_costs.cost_date
    from ad_costs
    inner join rates on ad_costs.currency = rates.currency and ad_costs.cost_date = rates.rate_day

)

select * from in_euros
