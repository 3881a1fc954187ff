with

returns as (

    select * from {{ ref('int_returns_matched') }}

),

reasons as (

    select * from {{ ref('stg_reference__reasons') }}

),

aggregated as (

    select
        reason_id,
        channel,
        count(*) as n_returns,
        count(*) filter (where match_kind = 'card') as n_matched_by_card,
        count(*) filter (where match_kind = 'none') as n_unmatched,
        cast(sum(return_quantity) as bigint) as n_units,
        max(days_kept) as longest_days_kept,
        avg(days_kept) as average_days_kept
    from returns
    group by reason_id, channel

),

joined as (

    select
        aggregated.reason_id,
        aggregated.channel,
        reasons.reason_text,
        aggregated.n_returns,
        aggregated.n_matched_by_card,
        aggregated.n_unmatched,
        aggregated.n_units,
        aggregated.longest_days_kept,
        aggregated.average_days_kept,
        reasons.is_fault
    from aggregated
    inner join reasons on aggregated.reason_id = reasons.reason_id

)

select * from joined
