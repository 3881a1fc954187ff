select
    product,
    start_date() + (7 * week)::integer as valid_from,
    200 + pick([product, week::varchar], 'price', 400) as price_cents
from unnest(['rye', 'wheat', 'brioche']) as products (product)
cross join (select distinct (day - start_date()) // 7 as week from dates())
