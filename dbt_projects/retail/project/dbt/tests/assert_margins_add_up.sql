-- What was paid, and what was taken off, is the list price; the margin is what is left after the cost.
select sale_line_id
from {{ ref('sale_lines') }}
where gross_cents <> net_cents + discount_cents or margin_cents <> net_cents - cost_cents
