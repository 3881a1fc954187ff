with

page_views as (

    select * from {{ ref('stg_clickstream__page_views') }}

),

last_login as (

    select
        visitor_id,
        customer_id
    from page_views
    where customer_id is not null
    qualify
        row_number() over (
            partition by visitor_id
            order by occurred_at desc, event_id desc
        ) = 1

)

select * from last_login
