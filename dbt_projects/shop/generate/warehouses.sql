select
    *,
    (start_date() - 500)::timestamptz as updated_at
from (
    values
    ('LEJ', 'Leipzig', 'DE', 'Europe/Berlin'),
    ('RTM', 'Rotterdam', 'NL', 'Europe/Amsterdam'),
    ('LBA', 'Leeds', 'GB', 'Europe/London')
) as listed (warehouse_code, city, country_code, time_zone)
