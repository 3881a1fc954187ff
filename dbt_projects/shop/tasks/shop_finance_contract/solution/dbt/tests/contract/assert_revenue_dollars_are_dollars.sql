-- A euro costs more than one dollar and less than 1.25.
select
    department_id,
    order_date
from {{ ref('category_revenue_days') }}
where revenue_usd_cents < revenue_eur_cents or revenue_usd_cents > 1.25 * revenue_eur_cents
