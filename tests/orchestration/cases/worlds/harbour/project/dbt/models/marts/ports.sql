select port_code, n_arrivals, n_arrivals / sum(n_arrivals) over () as share
from {{ ref("int_arrivals_by_port") }} left join {{ source("ships", "ports") }} using (port_code)
