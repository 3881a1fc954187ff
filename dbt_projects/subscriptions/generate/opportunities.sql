select
    opportunity_id__ as opportunity_id,
    account_id__ as account_id,
    text_identifier('owner', pick(deals.deal__, 'owner', 9), 'OWN') as owner_id,
    case
        -- Those of the magazine never became customers.
        when deals.prospect__ >= 2000000 and deals.prospect__ % 3 = 0 then text_identifier('campaign', 5, 'CMP')
        when draw(deals.deal__, 'by campaign') < 0.6 then text_identifier('campaign', pick(deals.deal__, 'campaign', 5), 'CMP')
    end as campaign_id,
    kind__ as kind,
    stage_changes.to_stage as stage,
    500 + 250 * pick(deals.deal__, 'amount', 70) as amount,
    (decided_at__::date + 7) as expected_close_on,
    opened_at__ as created_at,
    stage_changes.changed_at as updated_at,
    deals.deal__,
    stage_changes.step__ as version__,
    greatest(stage_changes.changed_at, coalesce(deals.signed_up_at__, stage_changes.changed_at)) as arrives_at__
from deals
inner join stage_changes on deals.deal__ = stage_changes.deal__
