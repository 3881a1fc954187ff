with

page_views as (

    select * from {{ ref('stg_clickstream__page_views') }}

),

earlier_views as (

    select
        page_views.event_id,
        max(earlier.occurred_at) as last_occurred_at
    from page_views
    inner join page_views as earlier
        on
            page_views.visitor_id = earlier.visitor_id
            and (page_views.occurred_at, page_views.event_id) > (earlier.occurred_at, earlier.event_id)
    group by page_views.event_id

),

session_starts as (

    select
        page_views.visitor_id,
        page_views.occurred_at,
        page_views.event_id
    from page_views
    left join earlier_views on page_views.event_id = earlier_views.event_id
    where
        earlier_views.event_id is null
        or date_diff('second', earlier_views.last_occurred_at, page_views.occurred_at)
        > {{ var('session_gap_minutes') }} * 60

),

numbered as (

    select
        page_views.event_id,
        count(*) as session_number
    from page_views
    inner join session_starts
        on
            page_views.visitor_id = session_starts.visitor_id
            and (page_views.occurred_at, page_views.event_id)
            >= (session_starts.occurred_at, session_starts.event_id)
    group by page_views.event_id

),

views_with_number as (

    select
        page_views.*,
        numbered.session_number
    from page_views
    inner join numbered on page_views.event_id = numbered.event_id

),

places as (

    select
        views_with_number.event_id,
        count(*) as event_number
    from views_with_number
    inner join views_with_number as earlier
        on
            views_with_number.visitor_id = earlier.visitor_id
            and views_with_number.session_number = earlier.session_number
            and (views_with_number.occurred_at, views_with_number.event_id)
            >= (earlier.occurred_at, earlier.event_id)
    group by views_with_number.event_id

),

with_session as (

    select
        views_with_number.event_id,
        views_with_number.visitor_id || '-' || views_with_number.session_number as session_id,
        views_with_number.visitor_id,
        views_with_number.event_type,
        views_with_number.page_path,
        views_with_number.locale,
        views_with_number.referrer,
        views_with_number.utm_source,
        views_with_number.utm_medium,
        views_with_number.utm_campaign,
        views_with_number.order_number,
        cast(views_with_number.session_number as bigint) as session_number,
        places.event_number,
        views_with_number.occurred_at
    from views_with_number
    inner join places on views_with_number.event_id = places.event_id

)

select * from with_session
