select * from {{ ref('orders') }}
where "channel" not in ('web', 'app')
