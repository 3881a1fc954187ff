-- The prorations of an invoice are what its line says, where it has one.
select
    totals.invoice_id,
    totals.proration_cents,
    sum(prorations.charge_cents - prorations.credit_cents) as settled_cents
from {{ ref('int_invoices_summed') }} as totals
inner join {{ ref('stg_billing__prorations') }} as prorations on totals.invoice_id = prorations.invoice_id
group by totals.invoice_id, totals.proration_cents
having sum(prorations.charge_cents - prorations.credit_cents) <> totals.proration_cents
