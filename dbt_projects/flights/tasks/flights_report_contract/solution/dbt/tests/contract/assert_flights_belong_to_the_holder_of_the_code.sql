-- Every flight has an airline that had its carrier code on the flight date; both ends of the validity count.
select flights.flight_id
from {{ ref('flights') }} as flights
left join {{ ref('airlines') }} as airlines
    on
        flights.airline_id = airlines.airline_id
        and flights.carrier_code = airlines.carrier_code
        and flights.flight_date between airlines.valid_from and coalesce(airlines.valid_to, flights.flight_date)
where airlines.airline_id is null
