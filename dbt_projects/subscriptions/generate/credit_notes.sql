-- Credit notes: a share of an invoice, some days later; some invoices have two, one note in five is taken back.
with given as (
    select
        bills.*,
        nth,
        [bill__, nth] as key,
        issued_at__ + to_seconds(86400 + pick([bill__, nth], 'until credited', 600000)) as credited_at
    from bills
    cross join unnest([0, 1]) as notes (nth)
    where (bill__ % 13 in (2, 6) and nth = 0 or bill__ % 13 = 2) and not is_discarded__
),

steps as (
    select *, 1 as version, 'issued' as status, credited_at as changed_at from given
    union all
    select *, 2, 'void', credited_at + to_seconds(7200 + pick(key, 'until taken back', 300000))
    from given
    where draw(key, 'is taken back') < 0.2
)

select
    text_identifier('credit note', bill__ * 2 + nth, 'cn_') as credit_note_id,
    invoice_id__ as invoice_id,
    choose(key, 'reason', ['downtime', 'goodwill', 'wrong_seats']) as reason,
    status,
    (price_cents__ * (5 + pick(key, 'share', 40)) // 100)::bigint as amount_cents,
    credited_at as created_at,
    changed_at as updated_at,
    bill__,
    version as version__,
    changed_at as arrives_at__
from steps
