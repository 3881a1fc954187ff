select
    identifier('catalog page', number) as catalog_page_sk,
    (1 + number // 6)::integer as catalog_number,
    (1 + number % 6)::integer as page_number,
    ['Home', 'Garden', 'Kitchen', 'Toys', 'Books', 'Sports'][number % 6 + 1] as department,
    (start_date() - 400)::timestamptz as updated_at
from range(12) as listed (number)
