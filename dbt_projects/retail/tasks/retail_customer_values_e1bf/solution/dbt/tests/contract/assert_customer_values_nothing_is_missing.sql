select * from {{ ref('customer_values') }}
where "customer_code" is null or "state" is null or "n_orders" is null or "n_channels" is null or "net_cents" is null or "refunded_cents" is null or "lifetime_cents" is null or "customer_state" is null
