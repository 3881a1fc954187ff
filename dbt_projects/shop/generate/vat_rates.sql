select
    country_code,
    rate_bps,
    start_date() + starts as valid_from,
    start_date() + ends as valid_to,
    (start_date() - 40 + interval 8 hours)::timestamptz as published_at
from (
    values
    ('DE', 1900, -900, null),
    ('BE', 2100, -900, null),
    ('AT', 2000, -900, 7),
    ('AT', 1900, 8, null),
    ('FR', 2000, -900, null),
    ('NL', 2100, -900, null),
    ('GB', 2000, -900, null),
    ('PL', 2300, -900, null),
    ('SE', 2500, -900, null),
    ('CH', 770, -900, -50),
    ('CH', 810, -49, null)
) as listed (country_code, rate_bps, starts, ends)
