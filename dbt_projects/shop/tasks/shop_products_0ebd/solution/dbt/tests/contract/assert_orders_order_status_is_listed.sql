select * from {{ ref('orders') }}
where "order_status" not in ('placed', 'paid', 'shipped', 'delivered', 'cancelled')
