-- Codes, emails and post codes are written in one way.
select customer_id
from {{ ref('customers') }}
where
    not regexp_full_match(country_code, '[A-Z]{2}')
    or email <> lower(trim(email))
    or lower(trim(postal_code)) in ('', 'n/a')
