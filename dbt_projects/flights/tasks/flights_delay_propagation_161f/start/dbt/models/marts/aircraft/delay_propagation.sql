{{
    config(
        materialized='incremental',
        unique_key='chain_start_flight_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

legs as (

    select * from {{ ref('int_delays_propagated') }}

),

worst_legs as (

    select
        chain_start_flight_id,
        flight_id as worst_flight_id,
        late_departure_minutes as worst_late_departure_minutes
    from legs
    qualify
        row_number() over (
            partition by chain_start_flight_id
            order by late_departure_minutes desc, chain_position asc
        ) = 1

),

chains as (

    select
        chain_start_flight_id,
        min(tail_number) as tail_number,
        min(flight_date) as chain_date,
        count(*) as n_legs,
        count(*) filter (where late_departure_minutes >= {{ var('on_time_minutes') }}) as n_late_legs,
        count(*) filter (where carried_delay_minutes > 0) as n_legs_with_carried_delay,
        cast(sum(late_departure_minutes) as bigint) as late_departure_minutes,
        cast(sum(carried_delay_minutes) as bigint) as carried_delay_minutes,
        cast(sum(new_delay_minutes) as bigint) as new_delay_minutes,
        max(arrival_delay_minutes) filter (where chain_position = 1) as first_arrival_delay_minutes
    from legs
    group by chain_start_flight_id
    having count(*) >= 2

),

joined as (

    select
        chains.chain_start_flight_id,
        chains.tail_number,
        worst_legs.worst_flight_id,
        chains.n_legs,
        chains.n_late_legs,
        chains.n_legs_with_carried_delay,
        chains.late_departure_minutes,
        chains.carried_delay_minutes,
        chains.new_delay_minutes,
        chains.carried_delay_minutes / nullif(chains.late_departure_minutes, 0) as carried_share,
        worst_legs.worst_late_departure_minutes,
        chains.first_arrival_delay_minutes,
        chains.chain_date
    from chains
    inner join worst_legs on chains.chain_start_flight_id = worst_legs.chain_start_flight_id

),

new_rows as (

    select * from joined
    {% if is_incremental() %}
        where chain_date > (select max(known.chain_date) from {{ this }} as known)
    {% endif %}

)

select * from new_rows
