-- The flight date is the date of the scheduled departure in New York.
select flight_id
from {{ ref('flights') }}
where cast(scheduled_departure_at at time zone 'UTC' at time zone 'America/New_York' as date) <> flight_date
