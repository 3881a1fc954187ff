with

dunning as (

    select * from {{ ref('int_dunning_by_invoice') }}

),

rates as (

    select * from {{ ref('int_rates_by_day') }}

),

in_euros as (

    select
        dunning.*,
        {{ to_euro_cents('dunning.total_cents', 'coalesce(rates.units_per_10000_eur, 10000)') }} as total_eur_cents,
        {{ first_of_month('dunning.first_failed_on') }} as failed_month
    from dunning
    left join rates
        on
            dunning.currency = rates.currency
            and dunning.first_failed_on = rates.rate_day

),

aggregated as (

    select
        payment_method,
        count(*) as n_invoices,
        count(*) filter (where dunning_state = 'recovered') as n_recovered,
        count(*) filter (where dunning_state = 'given_up') as n_given_up,
        cast(sum(n_failed_attempts) as bigint) as n_failed_attempts,
        cast(sum(n_reminders) as bigint) as n_reminders,
        cast(sum(n_personal_reminders) as bigint) as n_personal_reminders,
        cast(sum(n_promises) as bigint) as n_promises,
        cast(sum(total_eur_cents) as bigint) as failed_eur_cents,
        cast(sum(total_eur_cents) filter (where dunning_state = 'recovered') as bigint) as recovered_eur_cents,
        quantile_disc(hours_to_recover, 0.5) as median_hours_to_recover,
        failed_month
    from in_euros
    group by payment_method, failed_month

),

with_share as (

    select
        *,
        n_recovered / nullif(n_recovered + n_given_up, 0) as recovered_share
    from aggregated

)

select * from with_share
