select * from {{ ref('sale_lines') }}
where "customer_id" not in (select other."customer_id" from {{ ref('customer_values') }} as other)
