-- A change of country is marked, and nothing else.
with neighbours as (

    select
        customer_id,
        is_country_changed,
        country_code,
        lag(country_code) over (partition by customer_id order by version_number) as country_before
    from {{ ref('customer_history') }}

)

select customer_id
from neighbours
where is_country_changed is distinct from coalesce(country_code <> country_before, false)
