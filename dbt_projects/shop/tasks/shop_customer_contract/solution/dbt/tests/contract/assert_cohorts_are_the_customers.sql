-- All cohorts together are all customers with an order, with their orders and revenue.
with cohorts as (

    select
        sum(n_customers) filter (where week_number = 0) as n_customers,
        sum(n_orders) as n_orders,
        sum(net_revenue_eur_cents) as revenue_cents
    from {{ ref('customer_cohorts') }}

),

customers as (

    select
        count(*) filter (where n_orders > 0) as n_customers,
        sum(n_orders) as n_orders,
        sum(net_revenue_eur_cents) as revenue_cents
    from {{ ref('customers') }}

)

select cohorts.n_orders
from cohorts
cross join customers
where
    cohorts.n_customers is distinct from customers.n_customers
    or cohorts.n_orders is distinct from customers.n_orders
    or cohorts.revenue_cents is distinct from customers.revenue_cents
