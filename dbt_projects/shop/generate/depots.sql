select
    warehouse_code as depot,
    city || ' hub' as name,
    country_code as country,
    time_zone
from warehouses
