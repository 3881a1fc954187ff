-- Credit notes: a share of an invoice, some days later; one in six is taken back.
with given as (
    select
        bills.*,
        issued_at__ + to_seconds(86400 + pick(bill__, 'until credited', 600000)) as credited_at
    from bills
    where bill__ % 13 in (2, 6) and not is_discarded__
),

steps as (
    select *, 1 as version, 'issued' as status, credited_at as changed_at from given
    union all
    select *, 2, 'void', credited_at + to_seconds(7200 + pick(bill__, 'until taken back', 300000))
    from given
    where draw(bill__, 'is taken back') < 0.2
)

select
    text_identifier('credit note', bill__, 'cn_') as credit_note_id,
    invoice_id__ as invoice_id,
    choose(bill__, 'reason', ['downtime', 'goodwill', 'wrong_seats']) as reason,
    status,
    (price_cents__ * (5 + pick(bill__, 'share', 45)) // 100)::bigint as amount_cents,
    credited_at as created_at,
    changed_at as updated_at,
    bill__,
    version as version__,
    changed_at as arrives_at__
from steps
