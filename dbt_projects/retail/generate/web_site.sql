select
    identifier('web site', number) as web_site_sk,
    ['alderfinch.example', 'outlet.alderfinch.example'][number + 1] as site_name,
    (start_date() - 400)::timestamptz as updated_at
from range(2) as listed (number)
