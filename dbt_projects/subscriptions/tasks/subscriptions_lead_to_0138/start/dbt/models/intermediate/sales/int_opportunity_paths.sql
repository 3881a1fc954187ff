with

opportunities as (

    select * from {{ ref('stg_crm__opportunities') }}

),

changes as (

    select * from {{ ref('stg_crm__stage_changes') }}

),

aggregated as (

    select
        opportunity_id,
        count(*) as n_stage_changes,
        count(*) filter (where from_stage = 'proposal' and to_stage = 'qualified') as n_steps_back,
        max_by(to_stage, changed_at) as last_stage,
        min(changed_at) filter (where to_stage = 'qualified') as qualified_at,
        min(changed_at) filter (where to_stage = 'proposal') as proposed_at,
        max(changed_at) as last_changed_at
    from changes
    group by opportunity_id

),

paths as (

    select
        opportunities.opportunity_id,
        opportunities.account_id,
        opportunities.owner_id,
        opportunities.campaign_id,
        opportunities.opportunity_kind,
        aggregated.last_stage,
        opportunities.amount_eur_cents,
        aggregated.n_stage_changes,
        aggregated.n_steps_back,
        aggregated.qualified_at,
        aggregated.proposed_at,
        case when aggregated.last_stage = 'won' then aggregated.last_changed_at end as won_at,
        case when aggregated.last_stage = 'lost' then aggregated.last_changed_at end as lost_at
    from opportunities
    inner join aggregated on opportunities.opportunity_id = aggregated.opportunity_id

)

select * from paths
