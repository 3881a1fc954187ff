-- Addresses; a customer who moves gets a new one.
select
    customer.address_sk,
    street([customer.address_sk % 1000000007, 0]) as street,
    choose(customer.address_sk, 'city', ['Albany', 'Dayton', 'Toledo', 'Peoria', 'Wichita', 'Laredo', 'Tucson', 'Mesa', 'Salem'])
        as city,
    choose(customer.address_sk, 'state', ['NY', 'OH', 'IL', 'KS', 'TX', 'AZ']) as state,
    printf('%05d', 10000 + pick(customer.address_sk, 'zip', 80000)) as zip,
    'United States' as country,
    min(customer.updated_at) as updated_at,
    min(customer.updated_at) as arrives_at__
from customer
group by customer.address_sk
