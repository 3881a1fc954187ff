-- Each customer has a current version, with what the customer has today.
select
    customers.customer_id,
    versions.customer_id as version_of
from {{ ref('customers') }} as customers
full outer join (
    select * from {{ ref('customer_history') }}
    where is_current
) as versions
    on customers.customer_id = versions.customer_id
where
    customers.customer_id is null
    or versions.customer_id is null
    or customers.city is distinct from versions.city
    or customers.postal_code is distinct from versions.postal_code
    or customers.country_code is distinct from versions.country_code
    or customers.has_marketing_consent is distinct from versions.has_marketing_consent
