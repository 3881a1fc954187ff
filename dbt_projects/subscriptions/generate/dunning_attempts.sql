-- A reminder a day after each payment that failed; what came of it is known at the next attempt.
with sent as (
    select bills.*, unnest(range(1, n_failures__ + 1)) as attempt
    from bills
),

timed as (
    select
        *,
        issued_at__ + interval 26 hours + to_days(((attempt - 1) * 3)::integer) as sent_at,
        issued_at__ + interval 2 hours + to_days((attempt * 3)::integer) as known_at,
        case
            when attempt = n_failures__ and paid_at__ is not null then 'paid'
            when draw([bill__, attempt], 'promises') < 0.35 then 'promised'
            else 'no_answer'
        end as outcome
    from sent
),

steps as (
    select *, 1 as version, 'pending' as shown, sent_at as changed_at from timed
    union all
    select *, 2, outcome, known_at from timed
)

select
    text_identifier('dunning', bill__ * 6 + attempt, 'dun_') as attempt_id,
    invoice_id__ as invoice_id,
    attempt as attempt_number,
    case when attempt < 3 then 'email' when attempt = 3 then choose(bill__, 'third', ['call', 'email']) else 'letter' end as channel,
    shown as outcome,
    sent_at,
    changed_at as updated_at,
    bill__,
    version as version__,
    changed_at as arrives_at__
from steps
