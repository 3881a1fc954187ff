with

budgets as (

    select * from {{ ref('stg_finance__ad_budgets') }}

),

ad_costs as (

    select * from {{ ref('int_ad_costs_converted') }}

),

campaigns as (

    select * from {{ ref('stg_marketplace__campaigns') }}

),

weeks as (

    select
        campaign,
        cast(date_trunc('week', cost_date) as date) as week_start,
        cast(sum(n_clicks) as bigint) as n_clicks
    from ad_costs
    group by campaign, cast(date_trunc('week', cost_date) as date)

),

joined as (

    select
        coalesce(weeks.campaign, budgets.campaign) as campaign,
        coalesce(weeks.week_start, budgets.week_start) as week_start,
        coalesce(weeks.n_clicks, 0) as n_clicks,
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
        joined.budget_cents,
        joined.week_start
    from joined
    left join campaigns on joined.campaign = campaigns.campaign

)

select * from final
