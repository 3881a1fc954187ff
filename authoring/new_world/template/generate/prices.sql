select
    product,
    start_date() + (7 * week)::integer as valid_from,
    300 + pick([product, week::varchar], 'price', 900) as price_cents
from unnest(['tea', 'coffee', 'cocoa', 'honey', 'jam']) as products (product)
cross join (select distinct (day - start_date()) // 7 as week from dates())
