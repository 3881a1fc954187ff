-- What happens to each subscription, and what it is afterwards. For the generator only.
with timed as (
    select
        *,
        case when is_won__ then begins_at__ + case when has_trial__ then interval 14 days else interval 0 days end end
            as activated_at,
        activated_at + to_seconds(2 * 86400 + pick(sub__, 'first change', 35 * 86400)) as maybe_changed_at,
        -- Some changes hold from the first instant of a month on.
        case when place__ % 9 = 4 then date_trunc('month', maybe_changed_at) + interval 1 month else maybe_changed_at end
            as changed_at,
        changed_at + to_seconds(3600 + pick(sub__, 'second change', 45 * 86400)) as changed_again_at,
        changed_again_at + to_seconds(86400 + pick(sub__, 'until it ends', 50 * 86400)) as maybe_ended_at,
        case
            when not is_won__ then begins_at__ + interval 14 days
            when place__ % 9 = 5 then date_trunc('month', maybe_ended_at) + interval 1 month
            else maybe_ended_at
        end as ended_at,
        ended_at + to_seconds(3600 + pick(sub__, 'until it is back', 50 * 86400)) as back_at,
        back_at + to_seconds(3600 + pick(sub__, 'changed when back', 40 * 86400)) as changed_back_at,
        not is_won__ or place__ % 3 = 2 or place__ % 9 = 0 as ends,
        is_won__ and place__ % 3 = 2 and draw(sub__, 'comes back') < 0.6 as returns
    from subs
),

listed as (
    select *, 1 as step, 'trial_started' as kind, begins_at__ as moment from timed where has_trial__
    union all
    select *, 2, 'activated', activated_at from timed where is_won__
    union all
    select *, 3, 'changed', changed_at from timed where is_won__ and place__ % 4 > 0
    union all
    select *, 4, 'changed', changed_again_at from timed where is_won__ and place__ % 4 > 1
    union all
    select *, 5, 'canceled', ended_at from timed where ends
    union all
    select *, 6, 'reactivated', back_at from timed where returns
    union all
    select *, 7, 'changed', changed_back_at from timed where returns and draw(sub__, 'changes when back') < 0.5
),

drawn as (
    select
        *,
        case when kind = 'changed' then pick_weighted([sub__, step], 'what', ['seats', 'plan', 'interval', 'discount'], [11, 5, 2, 3]) end
            as what,
        case when what = 'seats' then wobble([sub__, step], 'seats', 9) else 0 end as seats_more,
        case when what = 'plan' then case when draw([sub__, step], 'plan up') < 0.6 then 1 else -1 end else 0 end
            as plan_more,
        case when what = 'interval' then 1 else 0 end as interval_turned,
        case when step <= 2 then case when draw(sub__, 'discount') < 0.15 then 10 else 0 end
            when what = 'discount' then choose([sub__, step], 'discount', [0, 15, 20, 33]) end as discount_set
    from listed
),

summed as (
    select
        *,
        greatest(1, seats__ + sum(seats_more) over so_far)::bigint as seats,
        greatest(0, least(3, plan__ + sum(plan_more) over so_far))::bigint as plan,
        ((yearly__ + sum(interval_turned) over so_far) % 2)::bigint as yearly,
        last_value(discount_set ignore nulls) over so_far as discount_percent
    from drawn
    window so_far as (partition by sub__ order by step rows unbounded preceding)
)

select
    sub__,
    firm__,
    subscription_id__,
    customer_id__,
    currency__,
    step as step__,
    kind as kind__,
    moment as at__,
    seats as seats__,
    plan as plan__,
    yearly as yearly__,
    discount_percent as discount_percent__,
    coalesce(lead(moment) over (partition by sub__ order by step), timestamptz '2099-01-01') as until__,
    prices.price_id as price_id__,
    prices.unit_amount_cents as unit_amount_cents__,
    prices.scheme as scheme__,
    begins_at__
from summed
inner join prices
    on summed.plan = prices.plan__ and summed.currency__ = prices.currency and summed.yearly = prices.yearly__
    -- Prices went up on the first of February.
    and (summed.moment >= timestamptz '2024-02-01') = prices.is_new__
