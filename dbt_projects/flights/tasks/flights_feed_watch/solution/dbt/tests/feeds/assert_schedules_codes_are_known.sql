-- Every carrier code stands in the airlines' files.
select schedules.flight_id
from {{ source('operations', 'schedules') }} as schedules
left join {{ source('reference', 'airlines') }} as airlines on schedules.carrier_code = airlines.carrier_code
where airlines.carrier_code is null
