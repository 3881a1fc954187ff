select port_code, n_arrivals as size from {{ ref('int_arrivals_by_port') }}
