-- Usage became revenue on the fifth day; before it stood with what is neither.
select
    ledger_account,
    name,
    kind,
    version as version__,
    (start_date() + since::integer + interval 5 hours)::timestamptz as arrives_at__
from (
    values
    ('1400', 'Receivables', 'receivable', 1, 0),
    ('8400', 'Subscriptions', 'revenue', 1, 0),
    ('8410', 'Usage (not sorted yet)', 'other', 1, 0),
    ('8410', 'Usage', 'revenue', 2, 4)
) as listed (ledger_account, name, kind, version, since)
