-- What browsers send: a landing page, some products, and for an order the cart, the checkout and the thanks.
with same_second as (
    -- Customers who look from a second browser in the very second in which they begin a visit, or order.
    select
        visits.visit__,
        min(
            case when draw(visits.visit__, 'second browser') < 0.25 then baskets.placed_at__ else buying.started_at__ end
        ) as started_at
    from visits
    inner join visits as buying on visits.person__ = buying.person__ and visits.day__ = buying.day__
    inner join baskets on buying.visit__ = baskets.order__
    where
        visits.kind__ = 'customer' and visits.device_channel__ = 'web' and not visits.buys__
        and baskets.device_channel__ = 'web' and draw(visits.visit__, 'second browser') < 0.5
    group by visits.visit__
),

web as (
    select
        visits.* exclude (visitor_id__, started_at__),
        case
            when same_second.visit__ is null then visits.visitor_id__
            else 'v-' || left(md5(concat_ws('|', seed(), 'second browser', visits.person__)), 16)
        end as visitor_id__,
        coalesce(same_second.started_at, visits.started_at__) as started_at__,
        same_second.visit__ is not null as is_second_browser,
        baskets.order_number__,
        baskets.placed_at__,
        baskets.customer_id__,
        case when baskets.order__ is not null then 4 else 1 + pick(visits.visit__, 'pages', 4) end as n_events
    from visits
    left join baskets on visits.visit__ = baskets.order__
    left join same_second on visits.visit__ = same_second.visit__
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
        when kind__ = 'customer' and (is_second_browser or draw(visit__, 'is logged in') < 0.3)
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
