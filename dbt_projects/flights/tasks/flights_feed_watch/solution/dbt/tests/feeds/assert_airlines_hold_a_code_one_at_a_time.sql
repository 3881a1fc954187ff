-- Within a file a code belongs to one airline at a time.
select earlier.carrier_code
from {{ source('reference', 'airlines') }} as earlier
inner join {{ source('reference', 'airlines') }} as later
    on
        earlier._source_file = later._source_file
        and earlier.carrier_code = later.carrier_code
        and (earlier.valid_from, earlier._source_row) < (later.valid_from, later._source_row)
where earlier.valid_to is null or later.valid_from <= earlier.valid_to
