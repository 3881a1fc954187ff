select * from {{ ref('delay_propagation') }}
where "n_legs" < 0 or "n_late_legs" < 0 or "n_legs_with_carried_delay" < 0
