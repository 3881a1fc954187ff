select * from {{ ref('return_reasons') }}
where "channel" not in ('shop', 'catalog', 'web')
