select * from {{ ref('sessions') }}
where "n_events" < 0 or "n_product_views" < 0
