select * from {{ ref('category_revenue_days') }}
where "n_orders" < 0 or "n_units" < 0 or "n_units_returned" < 0
