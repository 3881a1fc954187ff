-- Firms that sales talk to: those who became customers by way of sales, and others. For the generator only.
select
    firm__ as prospect__,
    firm__,
    segment__,
    country__,
    account_id__,
    created_at__ - to_seconds(15 * 86400 + pick(firm__, 'first talk', 45 * 86400)) as met_at__,
    created_at__ as signed_up_at__
from firms
where has_account__
union all by name
select
    2000000 + number as prospect__,
    null::bigint as firm__,
    pick_weighted(number, 'segment', ['smb', 'mid', 'enterprise'], [5, 3, 2]) as segment__,
    choose(number, 'country', ['NL', 'DE', 'FR', 'GB', 'US', 'IE']) as country__,
    text_identifier('account', 2000000 + number, 'ACC') as account_id__,
    (start_date() - (3 + (number % 30) * 9)::integer + to_seconds(30000 + pick(number, 'met', 30000)))::timestamptz as met_at__,
    null::timestamptz as signed_up_at__
from entities(30)
