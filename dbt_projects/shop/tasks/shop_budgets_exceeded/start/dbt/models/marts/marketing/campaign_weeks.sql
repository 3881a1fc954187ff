with

budgets as (

    select * from {{ ref('stg_finance__ad_budgets') }}

),

ad_costs as (

    select * from {{ ref('stg_clickstream__ad_costs') }}

),

campaigns as (

    select * from {{ ref('stg_marketplace__campaigns') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

costs_in_euros as (

    select
        ad_costs.campaign,
        ad_costs.n_clicks,
        {{ convert_cents('ad_costs.cost_cents', 'rates.units_per_10000_eur', '10000') }} as cost_cents,
        cast(date_trunc('week', ad_costs.cost_date) as date) as week_start
    from ad_costs
    inner join rates on ad_costs.currency = rates.currency and ad_costs.cost_date = rates.rate_date

),

weeks as (

    select
        campaign,
        week_start,
        cast(sum(n_clicks) as bigint) as n_clicks,
        cast(sum(cost_cents) as bigint) as cost_cents
    from costs_in_euros
    group by campaign, week_start

),

joined as (

    select
        coalesce(weeks.campaign, budgets.campaign) as campaign,
        coalesce(weeks.week_start, budgets.week_start) as week_start,
        coalesce(weeks.n_clicks, 0) as n_clicks,
        coalesce(weeks.cost_cents, 0) as cost_cents,
        budgets.budget_cents
    from weeks
    full outer join budgets on weeks.campaign = budgets.campaign and weeks.week_start = budgets.week_start

),

final as (

    select
        joined.campaign,
        campaigns.campaign_title,
        campaigns.channel,
        campaigns.manager,
        joined.n_clicks,
        joined.cost_cents,
        joined.budget_cents,
        joined.budget_cents - joined.cost_cents as left_cents,
        case
            when joined.n_clicks > 0
                then cast({{ divide_half_up('joined.cost_cents', 'joined.n_clicks') }} as bigint)
        end as cost_per_click_cents,
        joined.week_start
    from joined
    left join campaigns on joined.campaign = campaigns.campaign

)

select * from final
