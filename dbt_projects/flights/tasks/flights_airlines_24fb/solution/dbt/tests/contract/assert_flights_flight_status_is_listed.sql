select * from {{ ref('flights') }}
where "flight_status" not in ('arrived', 'diverted', 'departed', 'not_departed', 'scheduled')
