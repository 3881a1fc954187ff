select
    code as voucher_code,
    kind,
    value,
    minimum_cents,
    start_date() + starts as valid_from,
    start_date() + ends as valid_to,
    campaign,
    (start_date() + starts - 3)::timestamptz + interval 9 hours as created_at
from (
    values
    ('SPRING10', 'percent', 10, 2500, -20, 40, 'spring'),
    ('WELCOME5', 'fixed', 500, 2000, -400, null, 'welcome'),
    ('SHIPFREE', 'shipping', 0, 3000, -5, 9, 'spring'),
    ('PLAY15', 'percent', 15, 4000, 4, 18, 'play'),
    ('WINTER7', 'fixed', 700, 3000, -120, -45, 'winter'),
    ('SORRY20', 'percent', 20, 0, -100, null, 'service')
) as listed (code, kind, value, minimum_cents, starts, ends, campaign)
