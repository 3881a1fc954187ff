-- Sensors are metered since the seventh day; search is no longer, since the ninth.
select
    feature_code,
    name,
    is_metered,
    released_on::date as released_on,
    version as version__,
    (start_date() + since::integer + interval 5 hours)::timestamptz as arrives_at__
from (
    values
    ('boards', 'Boards', true, '2023-01-09', 1, 0),
    ('forms', 'Forms', true, '2023-01-09', 1, 0),
    ('exports', 'Exports', true, '2023-05-02', 1, 0),
    ('sensors', 'Sensors (beta)', false, '2024-02-12', 1, 0),
    ('sensors', 'Sensors', true, '2024-04-30', 2, 6),
    ('search', 'Search', true, '2023-01-09', 1, 0),
    ('search', 'Search', false, '2023-01-09', 2, 8),
    ('comments', 'Comments', false, '2023-01-09', 1, 0)
) as listed (feature_code, name, is_metered, released_on, version, since)
