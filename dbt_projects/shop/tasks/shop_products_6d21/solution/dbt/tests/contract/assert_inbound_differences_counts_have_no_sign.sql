select * from {{ ref('inbound_differences') }}
where "n_pallets" < 0
