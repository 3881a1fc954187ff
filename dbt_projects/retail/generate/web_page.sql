select
    identifier('web page', number) as web_page_sk,
    identifier('web site', number % 2) as web_site_sk,
    ['home', 'search', 'category', 'item'][number // 2 + 1] as page_type,
    number % 3 = 0 as is_generated,
    (start_date() - 400)::timestamptz as updated_at
from range(8) as listed (number)
