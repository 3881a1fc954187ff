with

campaigns as (

    select * from {{ ref('stg_crm__campaigns') }}

),

paths as (

    select
        campaign_id,
        count(*) as n_opportunities,
        count(won_at) as n_won,
        count(lost_at) as n_lost,
        cast(sum(amount_eur_cents) filter (where won_at is not null) as bigint) as won_eur_cents,
        cast(sum(n_steps_back) as bigint) as n_steps_back
    from {{ ref('int_opportunity_paths') }}
    group by campaign_id

),

joined as (

    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_channel,
        coalesce(paths.n_opportunities, 0) as n_opportunities,
        coalesce(paths.n_won, 0) as n_won,
        coalesce(paths.n_lost, 0) as n_lost,
        coalesce(paths.n_steps_back, 0) as n_steps_back,
        coalesce(paths.won_eur_cents, 0) as won_eur_cents,
        campaigns.cost_eur_cents,
        campaigns.cost_eur_cents / nullif(paths.n_won, 0) as cost_per_won_eur_cents
    from campaigns
    left join paths on campaigns.campaign_id = paths.campaign_id

)

select * from joined
