with steps as (
    select *, 1 as step, 'prospecting' as stage, opened_at__ as moment from deals
    union all
    select *, 2, 'qualified', qualified_at__ from deals where not skips__
    union all
    select *, 3, 'proposal', proposed_at__ from deals
    union all
    select *, 4, 'qualified', proposed_at__ + interval 6 hours from deals where goes_back__
    union all
    select *, 5, 'proposal', proposed_at__ + interval 12 hours from deals where goes_back__
    union all
    select *, 6, 'lost', proposed_at__ + interval 14 hours from deals where is_lost_first__
    union all
    select *, 7, 'proposal', proposed_at__ + interval 40 hours from deals where is_lost_first__
    union all
    select *, 8, fate__, decided_at__ from deals where fate__ <> 'open'
)

select
    text_identifier('stage change', deal__ * 10 + step, 'STC') as change_id,
    opportunity_id__ as opportunity_id,
    lag(stage) over (partition by deal__ order by step) as from_stage,
    stage as to_stage,
    moment as changed_at,
    deal__,
    step as step__,
    greatest(moment, coalesce(signed_up_at__, moment)) as arrives_at__
from steps
