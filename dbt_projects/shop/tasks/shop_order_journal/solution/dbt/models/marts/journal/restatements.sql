with

journal as (

    select * from {{ ref('order_journal') }}

),

aggregated as (

    select
        currency,
        count(*) as n_reported,
        count(*) filter (where restated_cents <> 0) as n_restated,
        cast(sum(first_net_cents) as bigint) as reported_cents,
        cast(sum(restated_cents) as bigint) as restated_cents,
        min(restated_cents) filter (where restated_cents <> 0) as lowest_restatement_cents,
        order_date
    from journal
    where first_net_cents is not null
    group by currency, order_date

)

select * from aggregated
