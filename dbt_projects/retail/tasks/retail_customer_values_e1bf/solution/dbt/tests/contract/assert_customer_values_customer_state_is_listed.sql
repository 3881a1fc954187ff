select * from {{ ref('customer_values') }}
where "customer_state" not in ('never', 'quiet', 'once', 'active')
