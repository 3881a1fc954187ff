select * from {{ ref('customers') }}
where "n_orders" < 0 or "n_app_orders" < 0
