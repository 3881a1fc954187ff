with

page_views as (

    select * from {{ ref('stg_clickstream__page_views') }}

),

with_gap as (

    select
        *,
        date_diff(
            'second',
            lag(occurred_at) over (partition by visitor_id order by occurred_at, event_id),
            occurred_at
        ) as seconds_since_last
    from page_views

),

numbered as (

    select
        *,
        sum(
            case
                when seconds_since_last <= {{ var('session_gap_minutes') }} * 60 then 0
                else 1
            end
        ) over (
            partition by visitor_id
            order by occurred_at, event_id
            rows unbounded preceding
        ) as session_number
    from with_gap

),

with_session as (

    select
        event_id,
        visitor_id || '-' || session_number as session_id,
        visitor_id,
        event_type,
        page_path,
        locale,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        order_number,
        cast(session_number as bigint) as session_number,
        row_number() over (
            partition by visitor_id, session_number
            order by occurred_at, event_id
        ) as event_number,
        occurred_at
    from numbered

)

select * from with_session
