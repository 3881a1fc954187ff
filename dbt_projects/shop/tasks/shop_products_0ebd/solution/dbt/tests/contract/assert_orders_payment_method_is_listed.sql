select * from {{ ref('orders') }}
where "payment_method" not in ('card', 'wallet', 'invoice', 'transfer')
