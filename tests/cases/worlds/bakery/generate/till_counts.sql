select
    shop,
    day,
    20 + pick([shop, day::varchar], 'pieces', 80) as pieces,
    day + interval 18 hours as counted_at
from unnest(['north', 'south', 'station']) as shops (shop)
cross join dates()
