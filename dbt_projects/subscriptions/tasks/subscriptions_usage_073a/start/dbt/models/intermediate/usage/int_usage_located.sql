with

usage_events as (

    select * from {{ ref('stg_product__usage_events') }}

),

features as (

    select * from {{ ref('stg_product__features') }}

),

workspaces as (

    select * from {{ ref('stg_app__workspaces') }}

),

located as (

    select
        usage_events.event_id,
        usage_events.workspace_id,
        usage_events.user_id,
        usage_events.feature_code,
        usage_events.client,
        features.is_metered,
        cast(usage_events.occurred_at at time zone 'UTC' at time zone workspaces.time_zone as date) as usage_day,
        usage_events.occurred_at,
        usage_events.received_at
    from usage_events
    inner join workspaces on usage_events.workspace_id = workspaces.workspace_id
    inner join features on usage_events.feature_code = features.feature_code

)

select * from located
