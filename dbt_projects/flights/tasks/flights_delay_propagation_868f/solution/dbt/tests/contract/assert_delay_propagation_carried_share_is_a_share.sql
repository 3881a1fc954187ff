select * from {{ ref('delay_propagation') }}
where "carried_share" < 0 or "carried_share" > 1
