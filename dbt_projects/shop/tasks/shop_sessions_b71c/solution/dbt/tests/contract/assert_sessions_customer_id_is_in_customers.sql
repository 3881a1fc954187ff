select * from {{ ref('sessions') }}
where "customer_id" not in (select other."customer_id" from {{ ref('customers') }} as other)
