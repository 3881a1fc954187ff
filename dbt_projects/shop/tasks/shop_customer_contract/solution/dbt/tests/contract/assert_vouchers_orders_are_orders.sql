-- Vouchers have no more orders than the customers, and no more first orders than there are customers with one.
with vouchers as (

    select
        sum(n_orders) as n_orders,
        sum(n_first_orders) as n_first_orders
    from {{ ref('voucher_results') }}

),

customers as (

    select
        sum(n_orders) as n_orders,
        count(*) filter (where n_orders > 0) as n_customers
    from {{ ref('customers') }}

)

select vouchers.n_orders
from vouchers
cross join customers
where vouchers.n_orders > customers.n_orders or vouchers.n_first_orders > customers.n_customers
