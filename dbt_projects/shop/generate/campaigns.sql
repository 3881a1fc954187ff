select
    code as campaign,
    channel,
    title,
    manager,
    start_date() + starts as starts_on,
    start_date() + ends as ends_on,
    (start_date() + starts - 10)::timestamptz + interval 9 hours as updated_at
from (
    values
    ('brand', 'paid_search', 'Our name in searches', 'Ines', -400, null),
    ('generic', 'paid_search', 'Words for things we sell', 'Ines', -400, null),
    ('spring', 'paid_social', 'Spring at home', 'Malte', -20, 40),
    ('play', 'paid_social', 'Rainy days', 'Malte', 0, 18),
    ('dealsites', 'affiliate', 'Sites with vouchers', 'Ruth', -300, null),
    ('welcome', 'voucher', 'Welcome to newcomers', 'Ruth', -400, null),
    ('winter', 'voucher', 'Winter sale', 'Ruth', -120, -45),
    ('service', 'voucher', 'To make up for mistakes', 'Ruth', -100, null)
) as listed (code, channel, title, manager, starts, ends)
