select * from {{ ref('inbound_differences') }}
where "delivery_check" not in ('cancelled', 'missing', 'short', 'over', 'right')
