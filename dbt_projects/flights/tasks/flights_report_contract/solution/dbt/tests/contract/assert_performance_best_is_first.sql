-- Ranks follow the shares: the best is 1, equal shares share a rank.
with

ranked as (

    select
        *,
        rank() over (partition by flight_date order by on_time_share desc nulls last) as expected_rank
    from {{ ref('carrier_on_time_performance') }}

)

select airline_id
from ranked
where on_time_rank <> expected_rank
