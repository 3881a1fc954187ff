with

trials as (

    select * from {{ ref('trials') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

in_euros as (

    select
        trials.plan_id,
        trials.trial_state,
        {{ to_euro_cents('trials.first_mrr_cents', 'coalesce(rates.units_per_10000_eur, 10000)') }}
            as first_mrr_eur_cents,
        {{ first_of_month('trials.began_at') }} as trial_month
    from trials
    left join rates
        on
            trials.currency = rates.currency
            and cast(trials.ended_at as date) = rates.rate_day

),

aggregated as (

    select
        plan_id,
        count(*) as n_trials,
        count(*) filter (where trial_state = 'won') as n_won,
        count(*) filter (where trial_state = 'lost') as n_lost,
        count(*) filter (where trial_state = 'running') as n_running,
        cast(sum(first_mrr_eur_cents) as bigint) as won_mrr_eur_cents,
        trial_month
    from in_euros
    group by plan_id, trial_month

),

with_share as (

    select
        *,
        n_won / nullif(n_won + n_lost, 0) as won_share
    from aggregated

)

select * from with_share
