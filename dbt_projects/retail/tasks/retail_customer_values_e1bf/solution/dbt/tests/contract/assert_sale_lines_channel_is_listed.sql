select * from {{ ref('sale_lines') }}
where "channel" not in ('shop', 'catalog', 'web')
