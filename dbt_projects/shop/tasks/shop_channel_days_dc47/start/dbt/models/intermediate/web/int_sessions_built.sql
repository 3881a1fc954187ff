with

page_views as (

    select * from {{ ref('int_page_views_sessionized') }}

),

visitors as (

    select * from {{ ref('int_visitors_identified') }}

),

aggregated as (

    select
        session_id,
        visitor_id,
        min_by(page_path, event_number) as landing_path,
        min_by(locale, event_number) as locale,
        max(referrer) filter (where event_number = 1) as referrer,
        max(utm_medium) filter (where event_number = 1) as utm_medium,
        max(utm_campaign) filter (where event_number = 1) as campaign,
        max(order_number) as order_number,
        count(*) as n_events,
        count(*) filter (where page_path like '/p/%') as n_product_views,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from page_views
    group by session_id, visitor_id

),

classified as (

    select
        aggregated.session_id,
        aggregated.visitor_id,
        visitors.customer_id,
        case
            when aggregated.utm_medium = 'cpc' then 'paid_search'
            when aggregated.utm_medium = 'email' then 'newsletter'
            when regexp_matches(aggregated.referrer, '^https://(search|find)\.example\.') then 'search'
            when aggregated.referrer is not null then 'referral'
            else 'direct'
        end as channel,
        aggregated.campaign,
        aggregated.landing_path,
        aggregated.locale,
        aggregated.order_number,
        aggregated.n_events,
        aggregated.n_product_views,
        date_diff('second', aggregated.started_at, aggregated.ended_at) as duration_seconds,
        {{ berlin_date('aggregated.started_at') }} as session_date,
        aggregated.started_at,
        aggregated.ended_at
    from aggregated
    left join visitors on aggregated.visitor_id = visitors.visitor_id

)

select * from classified
