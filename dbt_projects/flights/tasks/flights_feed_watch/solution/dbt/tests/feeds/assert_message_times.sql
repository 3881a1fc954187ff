-- Times come in three formats, and a row is not written before its message came in.
with

messages as (

    select
        departed_at as happened_at,
        recorded_at,
        updated_at
    from {{ source('operations', 'departures') }}
    union all
    select
        arrived_at as happened_at,
        recorded_at,
        updated_at
    from {{ source('operations', 'arrivals') }}

)

select *
from messages
where
    happened_at is null
    or not regexp_full_match(
        happened_at, '\d{4}-\d{2}-\d{2} \d{2}:\d{2}|\d{2}/\d{2}/\d{4} \d{1,2}:\d{2} [AP]M|\d{8}T\d{4}'
    )
    or updated_at < recorded_at
