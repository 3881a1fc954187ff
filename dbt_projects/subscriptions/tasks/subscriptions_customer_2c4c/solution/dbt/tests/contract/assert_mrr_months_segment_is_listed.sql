select * from {{ ref('mrr_months') }}
where "segment" not in ('smb', 'mid', 'enterprise', 'self_serve')
