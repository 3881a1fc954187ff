-- A version ends where the next one begins, the last one does not end.
with neighbours as (

    select
        customer_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by customer_id order by version_number) as next_from
    from {{ ref('customer_history') }}

)

select customer_id
from neighbours
where valid_to is distinct from next_from or valid_from >= valid_to
