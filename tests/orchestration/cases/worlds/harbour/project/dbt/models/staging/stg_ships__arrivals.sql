select arrival_id, port as port_code, arrived_at from {{ source('ships', 'arrivals') }}
