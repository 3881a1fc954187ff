-- One row per message.
select departure_id
from {{ source('operations', 'departures') }}
group by departure_id
having count(*) > 1 or departure_id is null
