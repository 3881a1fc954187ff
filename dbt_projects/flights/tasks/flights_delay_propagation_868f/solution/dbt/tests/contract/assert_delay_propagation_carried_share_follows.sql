select * from {{ ref('delay_propagation') }}
where "carried_share" is distinct from (carried_delay_minutes / NULLIF(late_departure_minutes, 0))
