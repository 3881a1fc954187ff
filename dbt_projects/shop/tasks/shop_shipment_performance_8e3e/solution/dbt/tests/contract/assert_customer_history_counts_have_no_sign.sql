select * from {{ ref('customer_history') }}
where "n_orders" < 0
