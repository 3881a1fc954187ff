select
    shop,
    strftime(day, '%Y-%m-%d') as day,
    20 + pick([shop, day::varchar], 'pieces', 80) as pieces,
    day + interval 18 hours as arrives_at__
from unnest(['north', 'south', 'station']) as shops (shop)
cross join dates()
