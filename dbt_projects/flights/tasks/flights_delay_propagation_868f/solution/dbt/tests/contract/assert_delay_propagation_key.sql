select "chain_start_flight_id" from {{ ref('delay_propagation') }}
group by "chain_start_flight_id"
having count(*) > 1 or min("chain_start_flight_id") is null
