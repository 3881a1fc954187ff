{{
    config(
        materialized='incremental',
        unique_key=['workspace_id', 'usage_day'],
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

located as (

    select * from {{ ref('int_usage_located') }}

),

aggregated as (

    select
        workspace_id,
        usage_day,
        count(*) as n_events,
        cast(sum(quantity) as bigint) as n_actions,
        count(distinct user_id) as n_users,
        count(*) filter (where user_id is null) as n_program_events,
        count(*) filter (where client = 'phone') as n_phone_events,
        max(occurred_at) as last_occurred_at,
        max(received_at) as last_received_at
    from located
    group by workspace_id, usage_day

),

changed as (

    select * from aggregated
    {% if is_incremental() %}
        where usage_day >= (select max(known.usage_day) from {{ this }} as known)
    {% endif %}

)

select * from changed
