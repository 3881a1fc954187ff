-- Within a file an aircraft stands once; it has 1 to 600 seats.
select tail_number
from {{ source('reference', 'planes') }}
group by _source_file, tail_number
having count(*) > 1 or min(seats) < 1 or max(seats) > 600
