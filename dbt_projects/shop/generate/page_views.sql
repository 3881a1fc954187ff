-- What browsers send: a landing page, some products, and for an order the cart, the checkout and the thanks.
with web as (
    select
        visits.*,
        baskets.order_number__,
        baskets.placed_at__,
        baskets.customer_id__,
        case when baskets.order__ is not null then 4 else 1 + pick(visit__, 'pages', 4) end as n_events
    from visits
    left join baskets on visits.visit__ = baskets.order__
    where visits.device_channel__ = 'web'
),

events as (
    select
        *,
        unnest(range(n_events)) as nth
    from web
),

timed as (
    select
        *,
        case
            when order_number__ is not null and nth = 3 then placed_at__
            -- Some people stay away for more than half an hour between two pages.
            else started_at__ + to_seconds(nth * (20 + pick([visit__, nth], 'stays', 70)))
            + case when order_number__ is null and nth >= 2 and draw(visit__, 'pauses') < 0.12 then interval 41 minutes else interval 0 minutes end
        end as occurred_at,
        case
            when order_number__ is null then case when nth = 0 then 'landing' else 'product' end
            else ['landing', 'product', 'cart', 'thanks'][nth + 1]
        end as kind
    from events
)

select
    left(md5(concat_ws('|', seed(), 'event', visit__, nth)), 20) as event_id,
    visitor_id__ as visitor_id,
    -- Known once somebody has logged in, which buyers do in the cart.
    case
        when order_number__ is not null and nth >= 2 then customer_id__
        when kind__ = 'customer' and draw(visit__, 'is logged in') < 0.3
            then identifier('customer', person__)
    end as customer_id,
    case kind when 'thanks' then 'purchase' when 'cart' then 'add_to_cart' else 'page_view' end as event_type,
    {
        'path': case kind
            when 'landing' then choose(visit__, 'landing', ['/', '/', '/sale', '/c/home', '/c/garden', '/c/play'])
            when 'product' then '/p/' || 'HB' || identifier('product', copy__ * 150 + floor(150 * pow(draw([visit__, nth], 'looks at'), 1.8))::bigint)
            when 'cart' then '/cart'
            else '/thanks'
        end,
        'locale': choose(visit__, 'locale', ['de-DE', 'en-GB', 'fr-FR', 'nl-NL'])
    } as page,
    case when nth = 0 then
        case touch__
            when 'search' then choose(visit__, 'engine', ['https://search.example.com/', 'https://find.example.org/'])
            when 'affiliate' then 'https://deals.example.net/top'
            when 'paid_social' then 'https://social.example.com/'
        end
    end as referrer,
    case when nth = 0 then
        case touch__
            when 'newsletter' then 'newsletter'
            when 'paid_search' then 'search.example.com'
            when 'paid_social' then 'social.example.com'
            when 'affiliate' then 'deals.example.net'
        end
    end as utm_source,
    case when nth = 0 then
        case touch__
            when 'newsletter' then 'email'
            when 'paid_search' then 'cpc'
            when 'paid_social' then 'paid_social'
            when 'affiliate' then 'affiliate'
        end
    end as utm_medium,
    case when nth = 0 then
        case touch__
            when 'newsletter' then choose(visit__, 'letter', ['spring', 'weekly'])
            when 'paid_search' then choose(visit__, 'ad', ['brand', 'generic'])
            when 'paid_social' then choose(visit__, 'post', ['spring', 'play'])
            when 'affiliate' then 'dealsites'
        end
    end as utm_campaign,
    case when kind = 'thanks' then order_number__ end as order_number,
    occurred_at,
    occurred_at + to_seconds(1 + pick([visit__, nth], 'until received', 9)) as received_at,
    visit__,
    touch__
from timed
