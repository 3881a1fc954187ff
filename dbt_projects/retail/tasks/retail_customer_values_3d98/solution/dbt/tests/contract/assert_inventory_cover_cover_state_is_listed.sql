select * from {{ ref('inventory_cover') }}
where "cover_state" not in ('never_counted', 'empty', 'low', 'enough')
