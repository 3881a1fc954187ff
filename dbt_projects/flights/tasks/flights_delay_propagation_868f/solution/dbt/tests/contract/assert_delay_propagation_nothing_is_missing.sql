select * from {{ ref('delay_propagation') }}
where "tail_number" is null or "worst_flight_id" is null or "n_legs" is null or "n_late_legs" is null or "n_legs_with_carried_delay" is null or "late_departure_minutes" is null or "carried_delay_minutes" is null or "new_delay_minutes" is null or "worst_late_departure_minutes" is null or "chain_date" is null
