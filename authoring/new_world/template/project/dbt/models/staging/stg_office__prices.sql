with latest_file as (
    select
        product,
        valid_from::date as valid_from,
        price_cents::integer as price_cents
    from {{ source('office', 'prices') }}
    where _source_file = (select max(_source_file) from {{ source('office', 'prices') }})
)

select
    product,
    valid_from,
    lead(valid_from) over (partition by product order by valid_from) as valid_to,
    price_cents
from latest_file
