select port_code, count(*) as n_arrivals from {{ ref('stg_ships__arrivals') }} group by port_code
