select member_id, {{ shared_macros.tidy('branch') }} as branch, joined_on
from {{ source('library', 'members') }}
