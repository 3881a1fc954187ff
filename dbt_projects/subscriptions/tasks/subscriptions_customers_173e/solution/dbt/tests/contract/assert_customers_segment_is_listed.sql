select * from {{ ref('customers') }}
where "segment" not in ('smb', 'mid', 'enterprise', 'self_serve')
