select * from {{ ref('customer_values') }}
where "n_orders" < 0 or "n_channels" < 0
