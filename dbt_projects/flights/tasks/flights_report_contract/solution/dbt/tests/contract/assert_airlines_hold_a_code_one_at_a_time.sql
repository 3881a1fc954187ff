-- Periods in which airlines have a code do not overlap; the current one is open.
select earlier.airline_id
from {{ ref('airlines') }} as earlier
left join {{ ref('airlines') }} as later
    on earlier.carrier_code = later.carrier_code and earlier.valid_from < later.valid_from
where
    later.valid_from <= coalesce(earlier.valid_to, later.valid_from)
    or earlier.is_current <> (earlier.valid_to is null)
