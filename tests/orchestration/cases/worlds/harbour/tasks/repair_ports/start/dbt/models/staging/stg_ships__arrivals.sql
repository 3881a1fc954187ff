select arrival_id, upper(port) as port_code, arrived_at from {{ source('ships', 'arrivals') }}
