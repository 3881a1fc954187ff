select
    identifier('supplier', number) as supplier_sk,
    company_name(number) as supplier_name,
    ['US', 'CA', 'MX', 'US', 'CA', 'US'][number % 6 + 1] as country_code,
    [3, 4, 5, 6, 3, 4][number % 6 + 1]::integer as lead_days,
    (start_date() - 400)::timestamptz as updated_at,
    number as supplier__,
    number // 6 as copy__
from entities(6)
